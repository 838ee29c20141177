-- One image by every model: its scores and its place in its class.
--
-- Grain: one row per model. Units: degrees; percentiles from 0 to 100.
select s.model, i.path, i.class_name, i.sha256, i.split, i.width, i.height, s.predicted_class,
    s.as_deg, s.is_deg, s.angle_original_deg, s.angle_equivalent_deg, s.null_energy,
    s.max_abs_logit_drift, r.abs_as_percentile, r.is_percentile, r.energy_percentile, r.is_outlier
from main.image_scores s
join main.images i using (run_id, image_id)
left join main.image_ranks r using (run_id, model, image_id)
where s.run_id = $run and s.image_id = $image
order by s.model
