-- Scores refer to images, models and phrases of their own run, and agree with them.
--
-- A row returned here is a failure: a score cannot be traced to what it is of.
select 'image_scores' as table_name, s.run_id, s.model, s.image_id
from image_scores s
left join images i on i.run_id = s.run_id and i.image_id = s.image_id and i.class_index = s.class_index
left join models m on m.run_id = s.run_id and m.model = s.model
where s.run_id in (from checked_runs) and (i.image_id is null or m.model is null)
union all
select 'image_concept_scores', s.run_id, s.model, s.image_id
from image_concept_scores s
left join image_scores i using (run_id, model, image_id)
left join concepts c using (run_id, concept_id)
where s.run_id in (from checked_runs) and (i.image_id is null or c.concept_id is null)
union all
select 'concept_scores', s.run_id, s.model, s.class_index::varchar
from concept_scores s
left join class_scores k using (run_id, model, class_index)
left join concepts c using (run_id, concept_id)
where s.run_id in (from checked_runs) and (k.class_index is null or c.concept_id is null);
