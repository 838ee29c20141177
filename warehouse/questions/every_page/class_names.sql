-- The classes of a run that have images.
--
-- Grain: one row per class.
select class_index, class_name, count(*) as n
from main.images
where run_id = $run
group by all
order by class_name, class_index
