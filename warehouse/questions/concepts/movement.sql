-- How much of what classes move by is the same for all of them, and how many of their own shifts
-- differ from a random step.
--
-- Grain: one row per model. shared: of the variance of as_mean_deg over classes and phrases, the
-- share of the common part; NULL where it is not known.
select model, var_pop(common_as_mean_deg) / nullif(var_pop(as_mean_deg), 0) as shared,
    count(own_as_mean_deg) as n, count(*) filter (where own_differs_from_control) as n_differ
from main.concept_scores
where run_id = $run and as_mean_deg is not null
group by model
order by model
