-- Whether models leak about the same classes: rank correlations of their class orders.
--
-- Grain: one row per two models.
select model_a, model_b, n, spearman, p_value, p_adjusted
from main.class_order_correlations
where run_id = $run
order by model_a, model_b
