-- Which weights each model of a run had, and what it and the space were computed in.
--
-- Grain: one row per model. Angles in degrees: the largest by which less than float32 turned a vector.
select
    m.model, m.architecture, m.weights_sha256, m.storage_dtype, m.n_features, m.n_classes, m.scored,
    m.precision, m.precision_angle_deg, t.space_precision, t.space_precision_angle_deg
from main.models m
left join main.translators t using (run_id, model)
where m.run_id = $run
order by m.model
