-- How |AS| is spread within each class, of one model.
--
-- Grain: one row per class. Units: degrees.
with spread as (
    select class_index,
        quantile_cont(abs(as_deg), [0.05, 0.25, 0.5, 0.75, 0.95]) as q
    from main.image_scores
    where run_id = $run and model = $model and as_deg is not null
    group by class_index
)
select s.model, s.class_index, s.class_name, s.n, s.rank, s.rank_ci_low, s.rank_ci_high,
    s.abs_as_median_deg, s.abs_as_ci_low_deg, s.abs_as_ci_high_deg, s.as_mean_deg, s.is_median_deg,
    m.abs_as_median_deg as of_all_deg,
    q[1] as q05_deg, q[2] as q25_deg, q[3] as q50_deg, q[4] as q75_deg, q[5] as q95_deg
from main.class_scores s
join spread using (class_index)
join main.model_scores m using (run_id, model)
where s.run_id = $run and s.model = $model
order by s.abs_as_median_deg desc, s.class_index
