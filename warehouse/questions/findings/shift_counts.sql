-- How many shifts of classes towards phrases were measured, and how many differ from a random step's.
--
-- Grain: one row.
select count(*) as n, count(*) filter (where differs_from_control) as n_differ
from main.concept_scores
where run_id = $run and as_mean_deg is not null
