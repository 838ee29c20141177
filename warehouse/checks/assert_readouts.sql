-- Each group is read off three views, by shares within their intervals; and headroom is what it
-- says: the new head's accuracy minus the own one's, on the same pictures.
--
-- A row returned here is a failure: a reader is missing, or was judged on other pictures.
-- Slack: 1e-9, rounding of shares in double precision.
select run_id, model, concept_group, count(*) as n_views, min(accuracy - ci_low) as above_low,
    min(ci_high - accuracy) as below_high
from readouts
where run_id in (from checked_runs)
group by run_id, model, concept_group
having count(*) <> 3 or list_sort(list(view)) <> ['all', 'null', 'principal']
    or min(accuracy - ci_low) < -1e-9 or min(ci_high - accuracy) < -1e-9
    or count(distinct n_holdout) > 1
union all
select h.run_id, h.model, 'class', null, h.headroom, h.null_gain
from headroom h
join readouts a on a.run_id = h.run_id and a.model = h.model and a.concept_group = 'class' and a.view = 'all'
join readouts p on p.run_id = h.run_id and p.model = h.model and p.concept_group = 'class' and p.view = 'principal'
where h.run_id in (from checked_runs)
    and (abs(h.null_gain - (a.accuracy - p.accuracy)) > 1e-9
        or abs(h.headroom - (a.accuracy - a.head_accuracy)) > 1e-9
        or (h.headroom is null) <> (a.head_accuracy is null));
