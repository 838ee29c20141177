-- The models of a run: what their heads see, their scores, controls and warnings.
--
-- Grain: one row per model. Units: degrees; shares from 0 to 1. Accuracy is unknown (NULL) where the
-- head's classes are not the study's. class_share: effect_share of the classes, or feature_share where
-- that is not known.
with seen as (
    select s.model, nullif(avg((s.predicted_class = k.class_name)::int), 0) as accuracy
    from main.image_scores s
    join main.class_scores k using (run_id, model, class_index)
    where s.run_id = $run
    group by s.model
)
select
    m.model, m.architecture, m.n_features, m.n_classes, m.rank, m.null_dim,
    m.null_dim / m.n_features as null_dim_share,
    m.null_mode, m.null_rule, m.scored, m.message,
    s.n, s.abs_as_median_deg, s.is_median_deg, s.as_mean_deg, s.as_sd_deg, s.is_mean_deg,
    s.is_sd_deg, s.as_is_correlation,
    s.is_as_ratio, s.ratio_ci_low, s.ratio_ci_high, s.median_of_ratios, s.control_ratio,
    s.ratio_excess, s.excess_ci_low, s.excess_ci_high,
    s.null_energy_mean, s.null_variance_share,
    nullif(concat_ws('; ', t.message, s.warnings), '') as warnings,
    seen.accuracy, t.top1_space, t.top1_translated,
    coalesce(g.effect_share, g.feature_share) as class_share,
    if(g.effect_share is null, g.feature_share_ci_low, g.effect_share_ci_low) as class_share_ci_low,
    if(g.effect_share is null, g.feature_share_ci_high, g.effect_share_ci_high) as class_share_ci_high,
    g.feature_control_share, g.feature_share,
    g.margin_deg, g.margin_without_null_deg, g.margin_without_null_ci_low_deg,
    g.margin_without_null_ci_high_deg
from main.models m
left join main.model_scores s using (run_id, model)
left join main.translators t using (run_id, model)
left join seen on seen.model = m.model
left join main.group_scores g
    on g.run_id = m.run_id and g.model = m.model and g.concept_group = 'class'
where m.run_id = $run
order by m.model
