-- What a line reads of the classes off each part of every model's features, beside its own head, and
-- what a new head would gain.
--
-- Grain: one row per model that was read. Units: shares of held-out pictures. warning: why it is not
-- to be taken alone. differs: the gain (over the own head; where that has not the classes, of the
-- null space over what the head sees) is more than nothing by its interval.
select h.model, n.n_holdout, h.n_fit, n.n_values, n.chance, n.head_accuracy,
    a.accuracy as all_accuracy, a.ci_low as all_ci_low, a.ci_high as all_ci_high,
    p.accuracy as principal_accuracy, p.ci_low as principal_ci_low, p.ci_high as principal_ci_high,
    n.accuracy as null_accuracy, n.ci_low as null_ci_low, n.ci_high as null_ci_high,
    n.control_accuracy, n.control_low, n.control_high,
    h.headroom, h.headroom_ci_low, h.headroom_ci_high,
    h.null_gain, h.null_gain_ci_low, h.null_gain_ci_high, h.warning,
    coalesce(h.headroom_ci_low, h.null_gain_ci_low) > 0 as differs
from main.headroom h
join main.readouts a
    on a.run_id = h.run_id and a.model = h.model and a.concept_group = 'class' and a.view = 'all'
join main.readouts p
    on p.run_id = h.run_id and p.model = h.model and p.concept_group = 'class' and p.view = 'principal'
join main.readouts n
    on n.run_id = h.run_id and n.model = h.model and n.concept_group = 'class' and n.view = 'null'
where h.run_id = $run
order by coalesce(h.headroom_ci_low, h.null_gain_ci_low) desc nulls last, h.model
