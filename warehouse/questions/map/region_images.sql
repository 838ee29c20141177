-- Pictures in a part of the map: in a box, and of a cluster unless $cluster is 0.
--
-- Grain: one row per picture, at most $most. Units: degrees. n: how many there are.
select s.image_id, i.path, i.class_name, i.sha256, s.predicted_class, s.as_deg, s.is_deg,
    count(*) over () as n
from main.image_scores s
join main.images i using (run_id, image_id)
where s.run_id = $run and s.model = $model and s.image_id in (
    select image_id from main.map_places
    where run_id = $run and model = $model and x between $x0 and $x1 and y between $y0 and $y1
        and ($cluster = 0 or cluster = $cluster)
)
order by s.is_deg desc nulls last, s.image_id
limit $most
