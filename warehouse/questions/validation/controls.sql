-- The ratio IS / |AS| of each model's null removal and of every draw of its controls.
--
-- Grain: one row per model, kind and draw. Units: degrees, logits.
select model, kind, draw, n, abs_as_median_deg, is_median_deg, is_as_ratio, logit_l2_median,
    logit_l2_q05, logit_l2_q95
from main.control_scores
where run_id = $run
order by model, kind, draw
