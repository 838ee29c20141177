-- The shifts of classes towards phrases that stand out most, of those that differ from a random
-- step's: by what is a class's own, or by the whole where a run has one class alone. apart_deg: how
-- far a shift is from none and from the random step's, the lesser of the two.
--
-- Grain: one row per model, class and phrase; at most $most a model, and of a class and phrase that
-- differ. Units: degrees.
select c.model, c.class_index, k.class_name, p.phrase, c.as_mean_deg, c.as_ci_low_deg, c.as_ci_high_deg,
    c.control_as_mean_deg, c.differs_from_control, c.common_as_mean_deg, c.own_as_mean_deg,
    c.own_ci_low_deg, c.own_ci_high_deg, c.control_own_as_mean_deg, c.own_differs_from_control,
    least(
        abs(coalesce(c.own_as_mean_deg, c.as_mean_deg)),
        abs(coalesce(c.own_as_mean_deg - c.control_own_as_mean_deg, c.as_mean_deg - c.control_as_mean_deg))
    ) as apart_deg
from main.concept_scores c
join main.class_scores k using (run_id, model, class_index)
join main.concepts p using (run_id, concept_id)
where run_id = $run
    and if(c.own_as_mean_deg is null, c.differs_from_control, c.own_differs_from_control)
qualify row_number() over (
    partition by c.model order by apart_deg desc, c.class_index, c.concept_id
) <= $most
order by apart_deg desc, c.model, c.class_index, c.concept_id
