-- How many shifts of classes towards phrases were measured, and how many differ from a random
-- step's: by what is a class's own, or by the whole where a run has one class alone.
--
-- Grain: one row.
select count(*) as n,
    count(*) filter (
        where if(own_as_mean_deg is null, differs_from_control, own_differs_from_control)
    ) as n_differ
from main.concept_scores
where run_id = $run and as_mean_deg is not null
