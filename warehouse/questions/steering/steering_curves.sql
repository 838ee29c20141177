-- How AS grows with the Image Score of the step, from one class towards one text.
--
-- Grain: one row per model and step. Units: degrees.
select model, is_deg, n, reachable_share, as_mean_deg, as_sd_deg, epsilon_mean,
    epsilon_over_norm_mean, epsilon_over_null_mean, control_as_mean_deg
from main.steering_curves
where run_id = $run and source_class = $source and target = $target
order by model, is_deg
