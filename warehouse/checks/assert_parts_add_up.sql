-- The movement that all classes share and a class's own one add up to its movement, and the own
-- ones of classes of two images or more to nothing.
--
-- A row returned here is a failure: the parts were made of other rows than the whole.
-- Slack: 1e-9 degrees, rounding of sums in double precision.
select run_id, model, class_index, concept_id, as_mean_deg, common_as_mean_deg, own_as_mean_deg
from concept_scores
where run_id in (from checked_runs)
    and abs(as_mean_deg - common_as_mean_deg - own_as_mean_deg) > 1e-9
union all
select run_id, model, null, concept_id, null, any_value(common_as_mean_deg), avg(own_as_mean_deg)
from concept_scores
where run_id in (from checked_runs) and n > 1
group by run_id, model, concept_id
having abs(avg(own_as_mean_deg)) > 1e-9;
