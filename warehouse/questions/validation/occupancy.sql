-- Whether null energy tells pictures of another kind from the study's own.
--
-- Grain: one row per model.
select model, n_in, n_out, energy_median_in, energy_median_out, auroc, auroc_ci_low, auroc_ci_high,
    softmax_auroc, softmax_auroc_ci_low, softmax_auroc_ci_high
from main.occupancy
where run_id = $run
order by model
