-- No NaN and no infinity anywhere: what could not be computed is NULL.
--
-- A row returned here is a failure: NaN sorts above every number and poisons every mean.
select 'candidate_scores' as table_name, count(*) as n_rows
from candidate_scores
where run_id in (from checked_runs)
  and (not isfinite(value))
having count(*) > 0
union all
select 'class_confusion' as table_name, count(*) as n_rows
from class_confusion
where run_id in (from checked_runs)
  and (not isfinite(as_mean_deg)
    or not isfinite(is_mean_deg)
    or not isfinite(reachable_share)
    or not isfinite(as_sd_deg)
    or not isfinite(target_is_deg))
having count(*) > 0
union all
select 'class_order_correlations' as table_name, count(*) as n_rows
from class_order_correlations
where run_id in (from checked_runs)
  and (not isfinite(spearman)
    or not isfinite(p_value)
    or not isfinite(p_adjusted))
having count(*) > 0
union all
select 'class_scores' as table_name, count(*) as n_rows
from class_scores
where run_id in (from checked_runs)
  and (not isfinite(abs_as_mean_deg)
    or not isfinite(abs_as_median_deg)
    or not isfinite(as_mean_deg)
    or not isfinite(as_sd_deg)
    or not isfinite(is_mean_deg)
    or not isfinite(is_median_deg)
    or not isfinite(abs_as_ci_low_deg)
    or not isfinite(abs_as_ci_high_deg))
having count(*) > 0
union all
select 'concept_scores' as table_name, count(*) as n_rows
from concept_scores
where run_id in (from checked_runs)
  and (not isfinite(angle_original_mean_deg)
    or not isfinite(angle_equivalent_mean_deg)
    or not isfinite(as_mean_deg)
    or not isfinite(as_sd_deg)
    or not isfinite(as_ci_low_deg)
    or not isfinite(as_ci_high_deg)
    or not isfinite(control_as_mean_deg)
    or not isfinite(p_value)
    or not isfinite(p_adjusted))
having count(*) > 0
union all
select 'control_excess' as table_name, count(*) as n_rows
from control_excess
where run_id in (from checked_runs)
  and (not isfinite(control_ratio)
    or not isfinite(ratio_excess)
    or not isfinite(excess_ci_low)
    or not isfinite(excess_ci_high))
having count(*) > 0
union all
select 'control_scores' as table_name, count(*) as n_rows
from control_scores
where run_id in (from checked_runs)
  and (not isfinite(abs_as_median_deg)
    or not isfinite(is_median_deg)
    or not isfinite(is_as_ratio)
    or not isfinite(logit_l2_median)
    or not isfinite(logit_l2_q05)
    or not isfinite(logit_l2_q95))
having count(*) > 0
union all
select 'counterfactuals' as table_name, count(*) as n_rows
from counterfactuals
where run_id in (from checked_runs)
  and (not isfinite(null_share)
    or not isfinite(null_share_translated)
    or not isfinite(logit_move_l2)
    or not isfinite(space_move_deg)
    or not isfinite(probe_null)
    or not isfinite(probe_principal)
    or not isfinite(probe_chance)
    or not isfinite(flipped_share))
having count(*) > 0
union all
select 'group_scores' as table_name, count(*) as n_rows
from group_scores
where run_id in (from checked_runs)
  and (not isfinite(margin_deg)
    or not isfinite(margin_lost_deg)
    or not isfinite(margin_kept_by_null_deg)
    or not isfinite(between_value_share)
    or not isfinite(share_ci_low)
    or not isfinite(share_ci_high)
    or not isfinite(control_share)
    or not isfinite(feature_share)
    or not isfinite(margin_ci_low_deg)
    or not isfinite(margin_ci_high_deg)
    or not isfinite(margin_lost_ci_low_deg)
    or not isfinite(margin_lost_ci_high_deg)
    or not isfinite(margin_kept_by_null_ci_low_deg)
    or not isfinite(margin_kept_by_null_ci_high_deg)
    or not isfinite(control_lost_deg)
    or not isfinite(control_kept_deg)
    or not isfinite(feature_share_ci_low)
    or not isfinite(feature_share_ci_high)
    or not isfinite(feature_control_share)
    or not isfinite(margin_without_null_deg)
    or not isfinite(margin_without_null_ci_low_deg)
    or not isfinite(margin_without_null_ci_high_deg))
having count(*) > 0
union all
select 'group_value_scores' as table_name, count(*) as n_rows
from group_value_scores
where run_id in (from checked_runs)
  and (not isfinite(margin_deg)
    or not isfinite(margin_ci_low_deg)
    or not isfinite(margin_ci_high_deg)
    or not isfinite(margin_lost_deg)
    or not isfinite(margin_lost_ci_low_deg)
    or not isfinite(margin_lost_ci_high_deg)
    or not isfinite(margin_kept_by_null_deg)
    or not isfinite(margin_kept_by_null_ci_low_deg)
    or not isfinite(margin_kept_by_null_ci_high_deg)
    or not isfinite(feature_share)
    or not isfinite(feature_share_ci_low)
    or not isfinite(feature_share_ci_high)
    or not isfinite(margin_without_null_deg)
    or not isfinite(margin_without_null_ci_low_deg)
    or not isfinite(margin_without_null_ci_high_deg))
having count(*) > 0
union all
select 'image_concept_scores' as table_name, count(*) as n_rows
from image_concept_scores
where run_id in (from checked_runs)
  and (not isfinite(angle_original_deg)
    or not isfinite(as_deg))
having count(*) > 0
union all
select 'image_ranks' as table_name, count(*) as n_rows
from image_ranks
where run_id in (from checked_runs)
  and (not isfinite(abs_as_percentile)
    or not isfinite(is_percentile)
    or not isfinite(energy_percentile))
having count(*) > 0
union all
select 'image_scores' as table_name, count(*) as n_rows
from image_scores
where run_id in (from checked_runs)
  and (not isfinite(as_deg)
    or not isfinite(is_deg)
    or not isfinite(angle_original_deg)
    or not isfinite(angle_equivalent_deg)
    or not isfinite(null_energy)
    or not isfinite(max_abs_logit_drift))
having count(*) > 0
union all
select 'model_scores' as table_name, count(*) as n_rows
from model_scores
where run_id in (from checked_runs)
  and (not isfinite(as_mean_deg)
    or not isfinite(as_sd_deg)
    or not isfinite(abs_as_median_deg)
    or not isfinite(is_mean_deg)
    or not isfinite(is_sd_deg)
    or not isfinite(is_median_deg)
    or not isfinite(as_is_correlation)
    or not isfinite(is_as_ratio)
    or not isfinite(ratio_ci_low)
    or not isfinite(ratio_ci_high)
    or not isfinite(median_of_ratios)
    or not isfinite(null_energy_mean)
    or not isfinite(control_ratio)
    or not isfinite(ratio_excess)
    or not isfinite(excess_ci_low)
    or not isfinite(excess_ci_high)
    or not isfinite(null_variance_share)
    or not isfinite(logit_drift_q99)
    or not isfinite(logit_drift_max)
    or not isfinite(kl_mean)
    or not isfinite(flipped_share))
having count(*) > 0
union all
select 'models' as table_name, count(*) as n_rows
from models
where run_id in (from checked_runs)
  and (not isfinite(sigma_max)
    or not isfinite(sigma_rank)
    or not isfinite(sigma_next)
    or not isfinite(sigma_cutoff)
    or not isfinite(sigma_gap)
    or not isfinite(orthonormality)
    or not isfinite(null_leak)
    or not isfinite(logit_proof_max_abs))
having count(*) > 0
union all
select 'neighbors' as table_name, count(*) as n_rows
from neighbors
where run_id in (from checked_runs)
  and (not isfinite(angle_deg))
having count(*) > 0
union all
select 'occupancy' as table_name, count(*) as n_rows
from occupancy
where run_id in (from checked_runs)
  and (not isfinite(energy_median_in)
    or not isfinite(energy_median_out)
    or not isfinite(auroc)
    or not isfinite(auroc_ci_low)
    or not isfinite(auroc_ci_high)
    or not isfinite(softmax_auroc)
    or not isfinite(softmax_auroc_ci_low)
    or not isfinite(softmax_auroc_ci_high))
having count(*) > 0
union all
select 'removal_scores' as table_name, count(*) as n_rows
from removal_scores
where run_id in (from checked_runs)
  and (not isfinite(abs_as_median_deg)
    or not isfinite(is_median_deg)
    or not isfinite(is_as_ratio)
    or not isfinite(ratio_ci_low)
    or not isfinite(ratio_ci_high)
    or not isfinite(logit_l2_median)
    or not isfinite(logit_l2_q05)
    or not isfinite(logit_l2_q95)
    or not isfinite(flipped_share))
having count(*) > 0
union all
select 'score_validation' as table_name, count(*) as n_rows
from score_validation
where run_id in (from checked_runs)
  and (not isfinite(spearman)
    or not isfinite(ci_low)
    or not isfinite(ci_high)
    or not isfinite(shuffled_low)
    or not isfinite(shuffled_high))
having count(*) > 0
union all
select 'steering' as table_name, count(*) as n_rows
from steering
where run_id in (from checked_runs)
  and (not isfinite(target_is_deg)
    or not isfinite(epsilon)
    or not isfinite(as_deg)
    or not isfinite(is_deg)
    or not isfinite(max_abs_logit_drift)
    or not isfinite(limit_deg))
having count(*) > 0
union all
select 'steering_curves' as table_name, count(*) as n_rows
from steering_curves
where run_id in (from checked_runs)
  and (not isfinite(is_deg)
    or not isfinite(reachable_share)
    or not isfinite(as_mean_deg)
    or not isfinite(as_sd_deg)
    or not isfinite(epsilon_mean))
having count(*) > 0
union all
select 'translator_agreement' as table_name, count(*) as n_rows
from translator_agreement
where run_id in (from checked_runs)
  and (not isfinite(pearson)
    or not isfinite(p_value))
having count(*) > 0
union all
select 'translator_heads' as table_name, count(*) as n_rows
from translator_heads
where run_id in (from checked_runs)
  and (not isfinite(top1_principal)
    or not isfinite(top1_translated))
having count(*) > 0
union all
select 'translators' as table_name, count(*) as n_rows
from translators
where run_id in (from checked_runs)
  and (not isfinite(ridge_lambda)
    or not isfinite(cosine_mean)
    or not isfinite(cosine_median)
    or not isfinite(r2_mean)
    or not isfinite(r2_weighted)
    or not isfinite(mse)
    or not isfinite(top1_space)
    or not isfinite(top1_translated)
    or not isfinite(top1_translated_principal))
having count(*) > 0;
