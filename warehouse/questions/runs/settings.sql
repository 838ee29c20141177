-- What the runs of a study were asked and made with, in their order.
--
-- Grain: one row per finished run, at most the last 200.
select run_id, finished_at, code_version, config_json
from main.runs
where status = 'finished' and study = (select study from main.runs where run_id = $run)
qualify row_number() over (order by finished_at desc) <= 200
order by finished_at
