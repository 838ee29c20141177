-- Which weights each model of a run had.
--
-- Grain: one row per model.
select model, architecture, weights_sha256, storage_dtype, n_features, n_classes, scored
from main.models
where run_id = $run
order by model
