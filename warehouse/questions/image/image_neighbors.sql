-- The nearest real pictures of an image's translation, before and after null removal.
--
-- Grain: one row per side and rank. Units: degrees.
select n.side, n.neighbor_rank, n.neighbor_image_id as image_id, i.path, i.class_name, i.sha256,
    n.angle_deg
from main.neighbors n
join main.images i on i.run_id = n.run_id and i.image_id = n.neighbor_image_id
where n.run_id = $run and n.model = $model and n.image_id = $image
order by n.side desc, n.neighbor_rank
