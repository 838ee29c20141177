-- The largest change of a logit that any steering step made, by model.
--
-- Grain: one row per model. Units: logits; shares from 0 to 1.
select model, count(*) as n, max(max_abs_logit_drift) as max_abs_logit_drift,
    avg(reachable::int) as reachable_share, any_value(target_is_deg) as target_is_deg
from main.steering
where run_id = $run
group by model
order by model
