-- Runs whose results are in this file, oldest first.
--
-- Grain: one row per run.
select run_id, study
from main.runs
where status = 'finished'
order by serial
