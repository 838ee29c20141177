-- Every file that a run read or made.
--
-- Grain: one row per file.
select kind, model, path, sha256
from main.artifacts
where run_id = $run
order by kind, model nulls first, path
