-- Whether models keep their order when their principal features are translated.
--
-- Grain: one row.
select n_models, pearson, p_value
from main.translator_agreement
where run_id = $run
