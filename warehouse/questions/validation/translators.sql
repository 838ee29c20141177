-- How well each model's features translate, and whether classes can still be read from them.
--
-- Grain: one row per model. Units: shares from 0 to 1.
select t.model, t.source, t.n_fit, t.n_holdout, t.ridge_lambda, t.intercept, t.cosine_mean,
    t.cosine_median, t.r2_mean, t.r2_weighted, t.top1_space, t.top1_translated,
    t.top1_translated_principal, h.top1_principal as head_on_features,
    h.top1_translated as head_on_translated, t.message
from main.translators t
left join main.translator_heads h using (run_id, model)
where t.run_id = $run
order by t.model
