-- The images of the classes of one name.
--
-- Grain: one row per image.
select image_id
from main.images
where run_id = $run and class_name = $class_name
order by image_id
