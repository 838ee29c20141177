-- Where a run's files are: the first of every kind and model stands for its folder.
--
-- Grain: one row per kind and model.
select kind, model, min(path) as path
from main.artifacts
where run_id = $run
group by kind, model
