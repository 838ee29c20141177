-- Where some images lie.
--
-- Grain: one row per image.
select image_id, path, class_name, sha256
from main.images
where run_id = $run and list_contains($images, image_id)
order by image_id
