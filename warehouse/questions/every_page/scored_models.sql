-- The models of a run that have scores.
--
-- Grain: one row per model.
select model
from main.models
where run_id = $run and scored
order by model
