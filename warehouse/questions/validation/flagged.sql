-- Pictures to be wary of.
--
-- Grain: one row per image and flag, at most 10,000.
select f.flag, i.class_name, i.path, f.detail, f.image_id, i.sha256
from main.image_flags f
join main.images i using (run_id, image_id)
where f.run_id = $run
order by f.flag, i.path
limit 10000
