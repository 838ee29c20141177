-- What a line reads of every group off each part of a model's features.
--
-- Grain: one row per group and view. Units: shares of held-out pictures.
select concept_group, labels, view, accuracy, ci_low, ci_high, chance, control_accuracy, n_values,
    reader, n_fit, n_holdout
from main.readouts
where run_id = $run and model = $model
order by concept_group, view
