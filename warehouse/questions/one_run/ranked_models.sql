-- What models are ranked by when two runs are compared.
--
-- Grain: one row per model. Units: degrees.
select model, is_as_ratio, ratio_excess, abs_as_median_deg, is_median_deg, null_energy_mean
from main.model_scores
where run_id = $run
