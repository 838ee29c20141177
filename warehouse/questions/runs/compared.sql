-- The models that two runs share, side by side.
--
-- Grain: one row per model of either run. Units: degrees.
select model,
    a.weights_sha256 as a_weights, b.weights_sha256 as b_weights,
    a.null_dim as a_null_dim, b.null_dim as b_null_dim,
    sa.n as a_n, sb.n as b_n,
    sa.abs_as_median_deg as a_abs_as_deg, sb.abs_as_median_deg as b_abs_as_deg,
    sa.is_median_deg as a_is_deg, sb.is_median_deg as b_is_deg,
    sa.is_as_ratio as a_ratio, sb.is_as_ratio as b_ratio,
    sa.ratio_ci_low as a_low, sa.ratio_ci_high as a_high,
    sb.ratio_ci_low as b_low, sb.ratio_ci_high as b_high
from (from main.models where run_id = $a) a
full join (from main.models where run_id = $b) b using (model)
left join main.model_scores sa on sa.run_id = $a and sa.model = model
left join main.model_scores sb on sb.run_id = $b and sb.model = model
order by model
