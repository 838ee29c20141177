-- Scores of the pictures in a part of the map, against those of all others on it.
--
-- Grain: one row per figure. Units: as the figure's name says; low and high are the ends of the 95 %
-- interval of the difference (Welch, normal).
with mapped as (
    select image_id, x between $x0 and $x1 and y between $y0 and $y1
        and ($cluster = 0 or cluster = $cluster) as is_in
    from main.map_places
    where run_id = $run and model = $model
),
scored as (
    select m.is_in, s.is_deg, abs(s.as_deg) as abs_as_deg, s.null_energy,
        if(bool_or(s.predicted_class = i.class_name) over (), (s.predicted_class = i.class_name)::double, null) as is_right
    from main.image_scores s
    join main.images i using (run_id, image_id)
    join mapped m using (image_id)
    where s.run_id = $run and s.model = $model
),
long as (unpivot scored on is_deg, abs_as_deg, null_energy, is_right into name figure value value),
sides as (
    select figure, avg(value) filter (where is_in) as inside, avg(value) filter (where not is_in) as outside,
        sqrt(coalesce(var_samp(value) filter (where is_in) / count(*) filter (where is_in), 0)
            + coalesce(var_samp(value) filter (where not is_in) / count(*) filter (where not is_in), 0)) as error
    from long
    group by figure
)
select figure, inside, outside, inside - outside as apart, apart - 1.96 * error as low, apart + 1.96 * error as high
from sides
where inside is not null and outside is not null
order by figure
