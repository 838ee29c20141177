-- How null removal moves one image towards or away from the stored phrases, and how much of that all
-- classes share; the strongest of its own first.
--
-- Grain: one row per phrase that is stored for it. Units: degrees.
select c.concept_id, p.phrase, coalesce(p.concept_group, '') as concept_group,
    c.angle_original_deg as angle_original_mean_deg,
    c.angle_original_deg - c.as_deg as angle_equivalent_mean_deg, c.as_deg as as_mean_deg,
    s.common_as_mean_deg, c.as_deg - s.common_as_mean_deg as own_as_mean_deg
from main.image_concept_scores c
join main.concepts p using (run_id, concept_id)
join main.images i using (run_id, image_id)
left join main.concept_scores s using (run_id, model, class_index, concept_id)
where c.run_id = $run and c.model = $model and c.image_id = $image
order by abs(coalesce(c.as_deg - s.common_as_mean_deg, c.as_deg)) desc nulls last, c.concept_id
