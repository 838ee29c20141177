-- One figure of some models of a run, in an order that is given.
--
-- Grain: one row per model that has it. Units: as the metric says.
select model, value, low, high
from main.trends
where run_id = $run and metric = $metric and value is not null and list_contains($models, model)
order by list_position($models, model)
