-- What was made of the heads of a run: each cure, before and after.
--
-- Grain: one row per model and cure. Units: shares of held-out pictures; degrees.
select * exclude (run_id)
from main.cures
where run_id = $run
order by model, cure
