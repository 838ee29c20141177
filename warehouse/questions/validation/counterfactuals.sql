-- The truth about each attribute, measured by changing it alone, beside what SING says of it.
--
-- Grain: one row per model and attribute. Units: shares from 0 to 1, logits, degrees.
select c.model, c.attribute, c.n, c.null_share, c.logit_move_l2, c.flipped_share, c.space_move_deg,
    g.effect_share, g.effect_share_ci_low, g.effect_share_ci_high, g.feature_share
from main.counterfactuals c
left join main.group_scores g
    on g.run_id = c.run_id and g.model = c.model and g.concept_group = c.attribute
where c.run_id = $run
order by c.model, c.attribute
