-- The phrases that null removal moves a class's images towards, and away from, most: by what is the
-- class's own, or by the whole where a run has one class alone.
--
-- Grain: one row per model and phrase, at most $most each way. Units: degrees.
select c.model, k.class_name, p.phrase, c.as_mean_deg, c.as_ci_low_deg, c.as_ci_high_deg,
    c.control_as_mean_deg, c.differs_from_control, c.common_as_mean_deg, c.own_as_mean_deg,
    c.own_ci_low_deg, c.own_ci_high_deg, c.control_own_as_mean_deg, c.own_differs_from_control,
    coalesce(c.own_as_mean_deg, c.as_mean_deg) as moved_deg
from main.concept_scores c
join main.class_scores k using (run_id, model, class_index)
join main.concepts p using (run_id, concept_id)
where run_id = $run and c.class_index = $class_index and c.as_mean_deg is not null
qualify least(
    row_number() over (partition by c.model, c.class_index order by moved_deg),
    row_number() over (partition by c.model, c.class_index order by moved_deg desc)
) <= $most
order by c.model, c.class_index, moved_deg desc, c.concept_id
