-- How well the classes are read with fewer pictures to fit on.
--
-- Grain: one row per model, view and number of pictures. Units: shares of held-out pictures.
select model, view, n_fit, accuracy, ci_low, ci_high
from main.readout_curves
where run_id = $run
order by model, view, n_fit
