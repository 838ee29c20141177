-- Places of pictures on the map by one model, with and without the null part, and what it found of
-- them; a sample that depends on nothing but their ids.
--
-- Grain: one row per picture, at most $most. Units: degrees. n_mapped: how many have a place.
-- is_right is NULL where the head's classes are not the study's.
select a.image_id, a.x, a.y, b.x as equivalent_x, b.y as equivalent_y, a.method, i.class_name,
    s.predicted_class, s.as_deg, abs(s.as_deg) as abs_as_deg, s.is_deg, s.null_energy,
    s.predicted_class = i.class_name as is_right, count(*) over () as n_mapped
from main.image_map a
join main.image_map b
    on b.run_id = a.run_id and b.model = a.model and b.image_id = a.image_id and b.side = 'equivalent'
join main.images i on i.run_id = a.run_id and i.image_id = a.image_id
join main.image_scores s
    on s.run_id = a.run_id and s.model = a.model and s.image_id = a.image_id
where a.run_id = $run and a.model = $model and a.side = 'original'
    and a.x is not null and b.x is not null
order by hash(a.image_id)
limit $most
