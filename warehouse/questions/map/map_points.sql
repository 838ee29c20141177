-- Places of pictures on the map by one model, with and without the null part, and what it found of
-- them; a sample that depends on nothing but their ids.
--
-- Grain: one row per picture, at most $most. Units: degrees. n_mapped: how many have a place.
-- is_right is NULL where the head's classes are not the study's.
select m.image_id, m.x, m.y, m.equivalent_x, m.equivalent_y, m.method, m.cluster, i.class_name,
    s.predicted_class, s.as_deg, abs(s.as_deg) as abs_as_deg, s.is_deg, s.null_energy,
    if(bool_or(s.predicted_class = i.class_name) over (), s.predicted_class = i.class_name, null) as is_right, count(*) over () as n_mapped
from main.map_places m
join main.images i using (run_id, image_id)
join main.image_scores s using (run_id, model, image_id)
where m.run_id = $run and m.model = $model
order by hash(m.image_id)
limit $most
