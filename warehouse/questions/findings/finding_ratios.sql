-- Whether each model's ratio IS / |AS| differs from that of a random step, the furthest from it first.
--
-- Grain: one row per model with scores. differs: the interval of the excess leaves out 1. NULL where
-- there is no control. times: how many times more or less it is at least.
-- warnings: what was said of the translator comes first.
select model, is_as_ratio, ratio_excess, excess_ci_low, excess_ci_high,
    nullif(concat_ws('; ', t.message, s.warnings), '') as warnings,
    excess_ci_low > 1 or excess_ci_high < 1 as differs,
    greatest(excess_ci_low, 1 / excess_ci_high) as times
from main.model_scores s
left join main.translators t using (run_id, model)
where run_id = $run
order by times desc nulls last, model
