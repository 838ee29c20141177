-- Scores of removing other parts than the null space.
--
-- Grain: one row per model and removal. Units: degrees, logits; shares from 0 to 1.
select model, removal, n, abs_as_median_deg, is_median_deg, is_as_ratio, ratio_ci_low,
    ratio_ci_high, logit_l2_median, flipped_share
from main.removal_scores
where run_id = $run
order by model, removal
