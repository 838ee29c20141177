-- What is known of some images' pairs, by their paths.
--
-- Grain: one row per image and scored model. Units: degrees.
select model, image_id, path, class_name, predicted_class, as_deg, is_deg
from main.image_scores
join main.images using (run_id, image_id)
where run_id = $run and list_contains($paths, path)
order by path, model
