-- The images of one class.
--
-- Grain: one row per image.
select image_id
from main.images
where run_id = $run and class_index = $class_index
order by image_id
