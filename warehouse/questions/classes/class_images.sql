-- Images of a class by one model: those that leak most about their class first.
--
-- Grain: one row per image. Units: degrees.
select s.image_id, i.path, i.class_name, i.sha256, i.split, s.predicted_class, s.as_deg, s.is_deg,
    r.abs_as_percentile, r.is_percentile, r.is_outlier
from main.image_scores s
join main.images i using (run_id, image_id)
left join main.image_ranks r using (run_id, model, image_id)
where s.run_id = $run and s.model = $model and s.class_index = $class_index
    and (not $unflagged or s.image_id not in (select image_id from main.image_flags where run_id = $run))
order by abs(s.as_deg) desc nulls last, s.image_id
limit $most
