-- The images of a class that were steered towards one text, by one model.
--
-- Grain: one row per image. Units: degrees, logits.
select s.image_id, i.path, i.sha256, i.class_name, s.target, s.target_is_deg, s.epsilon,
    s.reachable, s.as_deg, s.is_deg, s.max_abs_logit_drift, s.limit_deg
from main.steering s
join main.images i using (run_id, image_id)
where s.run_id = $run and s.model = $model and s.target = $target and i.class_name = $source
order by s.as_deg desc nulls last, s.image_id
