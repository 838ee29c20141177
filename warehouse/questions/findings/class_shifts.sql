-- The phrases that null removal moves a class's images towards, and away from, most.
--
-- Grain: one row per model and phrase, at most $most each way. Units: degrees.
select c.model, k.class_name, p.phrase, c.as_mean_deg, c.as_ci_low_deg, c.as_ci_high_deg,
    c.control_as_mean_deg, c.differs_from_control
from main.concept_scores c
join main.class_scores k using (run_id, model, class_index)
join main.concepts p using (run_id, concept_id)
where run_id = $run and c.class_index = $class_index and c.as_mean_deg is not null
qualify least(
    row_number() over (partition by c.model, c.class_index order by c.as_mean_deg),
    row_number() over (partition by c.model, c.class_index order by c.as_mean_deg desc)
) <= $most
order by c.model, c.class_index, c.as_mean_deg desc, c.concept_id
