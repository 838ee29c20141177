-- Runs with results in this file, and those that failed or are unfinished, newest first.
--
-- Grain: one row per run.
select run_id, study, status, started_at, finished_at, code_version, message,
    date_diff('second', started_at, finished_at) as took_s,
    status = 'finished' and run_id in (select run_id from latest.runs) as is_newest
from main.runs
order by coalesce(finished_at, started_at) desc, serial desc, run_id
