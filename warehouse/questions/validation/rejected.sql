-- Files that could not be used as pictures.
--
-- Grain: one row per file.
select path, reason
from main.rejected_images
where run_id = $run
order by path
limit 10000
