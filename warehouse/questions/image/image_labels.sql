-- What is known of one image beside its class.
--
-- Grain: one row per group.
select concept_group, phrase
from main.image_labels
where run_id = $run and image_id = $image
order by concept_group
