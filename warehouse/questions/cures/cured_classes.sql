-- What a cure does to each class, the most changed first.
--
-- Grain: one row per class. Units: shares of held-out pictures.
select class_index, class_name, n, accuracy_before, accuracy_after, accuracy_after - accuracy_before as gain
from main.cure_classes
where run_id = $run and model = $model and cure = $cure
order by abs(accuracy_after - accuracy_before) desc, class_name
