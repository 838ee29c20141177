-- How one figure of a study's models went from run to run.
--
-- Grain: one row per finished run and model, at most of the last 200 runs. Units: as the metric says.
select run_number, run_id, finished_at, model, value, low, high
from main.trends
where metric = $metric and value is not null
    and study = (select study from main.runs where run_id = $run)
    and run_number > (select max(run_number) from main.trends
        where study = (select study from main.runs where run_id = $run)) - 200
order by run_number, model
