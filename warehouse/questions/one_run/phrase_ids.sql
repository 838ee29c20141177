-- The place of a phrase in a run's vocabulary.
--
-- Grain: one row, or none.
select concept_id
from main.concepts
where run_id = $run and phrase = $phrase
