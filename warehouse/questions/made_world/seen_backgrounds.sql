-- How far two models' heads tell the own background color from the others, and their ratios.
--
-- Grain: one row per model. Units: degrees.
select g.model, margin_without_null_deg as seen, margin_without_null_ci_low_deg as low,
    margin_without_null_ci_high_deg as high, is_as_ratio
from main.group_scores g
join main.model_scores using (run_id, model)
where g.run_id = $run and concept_group = 'background color' and g.model in ('plain', 'background')
