-- Where in feature space the values of each group are told apart.
--
-- Grain: one row per model and group. Units: degrees; shares from 0 to 1.
select model, concept_group, n, n_values, labels, feature_share, feature_share_ci_low,
    feature_share_ci_high, feature_control_share, between_value_share, share_ci_low, share_ci_high,
    control_share, margin_deg, margin_without_null_deg, margin_without_null_ci_low_deg,
    margin_without_null_ci_high_deg, margin_lost_deg, margin_kept_by_null_deg
from main.group_scores
where run_id = $run
order by model, concept_group
