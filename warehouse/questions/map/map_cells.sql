-- The map in cells: how many pictures lie in each at one side of the pairs, and what they are.
--
-- Grain: one row per cell that holds a picture. Units: those of the map; degrees. is_right is NULL where the
-- head's classes are not the study's. The cells cover
-- $low to $high of both axes, $across of them each way; chosen: the share of a cell's pictures that
-- lie in the chosen part, as in region_images.
with placed as (
    select i.class_name, m.cluster, s.as_deg, s.is_deg, s.null_energy,
        if(bool_or(s.predicted_class = i.class_name) over (), (s.predicted_class = i.class_name)::double, null) as is_right,
        if($side = 'original', m.x, m.equivalent_x) as x,
        if($side = 'original', m.y, m.equivalent_y) as y,
        m.x between $x0 and $x1 and m.y between $y0 and $y1
            and ($cluster = 0 or m.cluster = $cluster) as is_in
    from main.map_places m
    join main.images i using (run_id, image_id)
    join main.image_scores s using (run_id, model, image_id)
    where m.run_id = $run and m.model = $model
),
celled as (
    select *, ($high - $low) / $across as width, floor((x - $low) / width)::integer as column_number,
        floor((y - $low) / width)::integer as row_number
    from placed
    where x between $low and $high and y between $low and $high
)
select $low + width * column_number as x, $low + width * (column_number + 1) as x_to,
    $low + width * row_number as y, $low + width * (row_number + 1) as y_to,
    count(*) as n, mode(class_name) as class_name, mode(cluster) as cluster,
    avg(as_deg) as as_deg, avg(is_deg) as is_deg, avg(null_energy) as null_energy,
    avg(is_right) as is_right, avg(is_in::double) as chosen
from celled
group by width, column_number, row_number
order by column_number, row_number
