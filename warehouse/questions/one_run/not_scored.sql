-- Models of a run that could not be analyzed, and why.
--
-- Grain: one row per model.
select model, message
from main.models
where run_id = $run and not scored
