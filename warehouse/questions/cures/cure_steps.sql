-- What weaker and stronger cures of a model would give.
--
-- Grain: one row per value. Units: shares of held-out pictures.
select value, accuracy, accuracy_ci_low, accuracy_ci_high, seen
from main.cure_curves
where run_id = $run and model = $model and cure = $cure
order by value
