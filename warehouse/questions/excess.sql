-- How many times a control's ratio each model's is.
--
-- Grain: one row per model and kind of control.
select model, kind, n, n_draws, control_ratio, ratio_excess, excess_ci_low, excess_ci_high
from main.control_excess
where run_id = $run
order by model, kind
