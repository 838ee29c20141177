-- The files that a run read or made, by kind and model.
--
-- Grain: one row per kind and model.
select kind, model, to_json(list(path order by path)) as paths
from main.artifacts
where run_id = $run
group by kind, model
