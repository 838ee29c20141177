-- How many pictures a model of a run has scores of.
--
-- Grain: one row.
select count(*) as n
from main.image_scores
where run_id = $run and model = $model
