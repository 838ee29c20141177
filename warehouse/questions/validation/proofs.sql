-- What proves each null space: the singular values around the cut, and what removal does to logits.
--
-- Grain: one row per model. Units: logits; shares from 0 to 1.
select m.model, m.null_mode, m.null_rule, m.n_features, m.n_classes, m.rank, m.null_dim,
    m.sigma_max, m.sigma_rank, m.sigma_next, m.sigma_gap, m.orthonormality, m.null_leak,
    m.logit_proof_max_abs, s.logit_drift_q99, s.logit_drift_max, s.kl_mean, s.flipped_share,
    m.message
from main.models m
left join main.model_scores s using (run_id, model)
where m.run_id = $run
order by m.model
