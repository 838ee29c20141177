-- The class of every image of a run.
--
-- Grain: one row per image.
select image_id, class_index
from main.images
where run_id = $run
