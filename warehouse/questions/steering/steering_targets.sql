-- The texts that a run's images were steered towards, and the classes they were taken from.
--
-- Grain: one row per class and target.
select distinct source_class, target
from main.steering_curves
where run_id = $run
order by source_class, target
