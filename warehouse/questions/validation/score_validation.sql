-- How each candidate score ranks all models' attributes against the truth.
--
-- Grain: one row per score and truth.
select score, truth, n, spearman, ci_low, ci_high, shuffled_low, shuffled_high
from main.score_validation
where run_id = $run and model is null
order by truth, spearman desc nulls last, score
