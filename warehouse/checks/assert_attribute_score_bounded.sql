-- |AS| <= IS for every image, and for every image and phrase: angles obey the triangle inequality.
--
-- A row returned here is a failure: the two scores came from different pairs.
-- Slack: 1e-6 in double precision; 1e-4 for phrases, whose angles are stored as float (8e-6 at 90).
select 'image_scores' as table_name, run_id, model, image_id, as_deg, is_deg
from image_scores
where run_id in (from checked_runs) and abs(as_deg) > is_deg + 1e-6
union all
select 'image_concept_scores', c.run_id, c.model, c.image_id, c.as_deg, i.is_deg
from image_concept_scores c
join image_scores i using (run_id, model, image_id)
where c.run_id in (from checked_runs) and abs(c.as_deg) > i.is_deg + 1e-4;
