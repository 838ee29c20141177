-- The paper's score against the text that is true of each image, and how much more it is than
-- against the group's other texts.
--
-- Grain: one row per model and attribute. Units: degrees.
with own as (
    select l.image_id, l.concept_group, c.concept_id
    from main.image_labels l
    join main.concepts c using (run_id, concept_group, phrase)
    where run_id = $run
),
summed as (
    select s.model, s.image_id, c.concept_group, sum(s.as_deg) as total_deg, count(*) as n
    from main.image_concept_scores s
    join main.concepts c using (run_id, concept_id)
    where run_id = $run and c.concept_group is not null
    group by all
)
select
    model,
    concept_group as attribute,
    median(abs(s.as_deg)) as abs_as_median_deg,
    avg((t.total_deg - s.as_deg) / (t.n - 1) - s.as_deg) as as_contrast_deg
from main.image_concept_scores s
join own using (image_id, concept_id)
join summed t using (model, image_id, concept_group)
where s.run_id = $run
group by all
