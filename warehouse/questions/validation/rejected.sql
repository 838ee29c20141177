-- Files that could not be used as pictures, or were passed over: those of the rarest reasons first.
--
-- Grain: one row per file.
select path, reason
from main.rejected_images
where run_id = $run
order by count(*) over (partition by reason), reason, path
limit 10000
