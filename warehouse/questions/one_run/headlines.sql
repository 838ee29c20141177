-- The result of a run in one small table.
--
-- Grain: one row per model, the best ratio first. Units: degrees, rounded.
select
    m.model,
    m.rank,
    m.null_dim,
    s.n,
    round(s.abs_as_median_deg, 3) as abs_as_median_deg,
    round(s.is_median_deg, 3)     as is_median_deg,
    round(s.is_as_ratio, 2)       as is_as_ratio,
    round(s.ratio_ci_low, 2)      as ratio_ci_low,
    round(s.ratio_ci_high, 2)     as ratio_ci_high,
    round(s.control_ratio, 2)     as control_ratio,
    round(s.ratio_excess, 3)      as ratio_excess,
    round(s.excess_ci_low, 3)     as excess_ci_low,
    round(s.excess_ci_high, 3)    as excess_ci_high,
    round(t.cosine_mean, 3)       as translator_cosine,
    nullif(concat_ws('; ', m.message, t.message, s.warnings), '') as note
from main.models m
left join main.model_scores s using (run_id, model)
left join main.translators t using (run_id, model)
where m.run_id = $run
order by s.is_as_ratio desc nulls last, m.model
