-- The vocabulary of a run.
--
-- Grain: one row per phrase.
select concept_id, phrase, coalesce(concept_group, '') as concept_group
from main.concepts
where run_id = $run
order by concept_id
