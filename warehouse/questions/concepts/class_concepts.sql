-- How null removal moves a class's images towards or away from every phrase, the strongest
-- of its own first.
--
-- Grain: one row per phrase. Units: degrees.
select c.concept_id, p.phrase, coalesce(p.concept_group, '') as concept_group, k.class_name, c.n,
    c.own_as_mean_deg, c.own_ci_low_deg, c.own_ci_high_deg, c.control_own_as_mean_deg,
    c.own_p_adjusted, c.own_differs_from_control,
    c.common_as_mean_deg, c.common_ci_low_deg, c.common_ci_high_deg, c.control_common_as_mean_deg,
    c.common_differs_from_control,
    c.angle_original_mean_deg, c.angle_equivalent_mean_deg,
    c.as_mean_deg, c.as_sd_deg, c.as_ci_low_deg, c.as_ci_high_deg,
    c.control_as_mean_deg, c.p_value, c.p_adjusted, c.differs_from_control
from main.concept_scores c
join main.class_scores k using (run_id, model, class_index)
join main.concepts p using (run_id, concept_id)
where c.run_id = $run and c.model = $model and c.class_index = $class_index
order by abs(coalesce(c.own_as_mean_deg, c.as_mean_deg)) desc nulls last, c.concept_id
