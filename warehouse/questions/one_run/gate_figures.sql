-- The figures of a run that a gate may hold against a limit, with their 95 % intervals.
--
-- Grain: one row per model, metric and what it is of (a group, a class, or nothing). Units: as the
-- metric's name says; shares from 0 to 1.
with seen as (
    select s.model, avg((s.predicted_class = k.class_name)::int) as accuracy, count(*) as n
    from main.image_scores s
    join main.class_scores k using (run_id, model, class_index)
    where s.run_id = $run
    group by s.model
),
named as (
    select model, 'is_as_ratio' as metric, null as part, is_as_ratio as value, ratio_ci_low as low, ratio_ci_high as high
    from main.model_scores where run_id = $run
    union all
    select model, 'ratio_excess', null, ratio_excess, excess_ci_low, excess_ci_high
    from main.model_scores where run_id = $run
    union all
    select model, metric, null, value, null, null
    from (
        unpivot (
            select model, abs_as_median_deg, is_median_deg, null_energy_mean, null_variance_share
            from main.model_scores where run_id = $run
        ) on columns(* exclude model) into name metric value value
    )
    union all
    select model, 'accuracy', null, accuracy, accuracy - 1.96 * sqrt(accuracy * (1 - accuracy) / n),
        accuracy + 1.96 * sqrt(accuracy * (1 - accuracy) / n)
    from seen where accuracy > 0
    union all
    select model, 'feature_share', concept_group, feature_share, feature_share_ci_low, feature_share_ci_high
    from main.group_scores where run_id = $run
    union all
    select model, 'effect_share', concept_group, effect_share, effect_share_ci_low, effect_share_ci_high
    from main.group_scores where run_id = $run
    union all
    select model, 'between_value_share', concept_group, between_value_share, share_ci_low, share_ci_high
    from main.group_scores where run_id = $run
    union all
    select model, 'margin_without_null_deg', concept_group, margin_without_null_deg,
        margin_without_null_ci_low_deg, margin_without_null_ci_high_deg
    from main.group_scores where run_id = $run
    union all
    select model, 'class_abs_as_deg', class_name, abs_as_median_deg, abs_as_ci_low_deg, abs_as_ci_high_deg
    from main.class_scores where run_id = $run
)
select * from named order by model, metric, part
