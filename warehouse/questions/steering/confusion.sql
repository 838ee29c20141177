-- How far the images of one class can be turned towards another without the model noticing: the
-- classes that go furthest.
--
-- Grain: one row per two classes, at most $classes by $classes. Units: degrees.
with furthest as (
    select source_class, target_class, as_mean_deg
    from main.class_confusion
    where run_id = $run and model = $model
    order by as_mean_deg desc nulls last, source_class, target_class
    limit $classes * $classes
),
classes as (
    select class_name
    from (
        select source_class as class_name, as_mean_deg from furthest
        union all
        select target_class, as_mean_deg from furthest
    )
    group by class_name
    order by max(as_mean_deg) desc nulls last, class_name
    limit $classes
)
select source_class, target_class, n, n_reached, as_mean_deg, as_sd_deg, is_mean_deg,
    epsilon_over_null_mean, epsilon_over_norm_mean, control_as_mean_deg, control_is_mean_deg,
    reachable_share, target_is_deg, null_mode
from main.class_confusion
join main.models using (run_id, model)
where run_id = $run and model = $model
    and source_class in (from classes) and target_class in (from classes)
order by as_mean_deg desc nulls last, source_class, target_class
