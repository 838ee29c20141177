-- The class that each model leaks most about, against all its images: the furthest above them first.
--
-- Grain: one row per model. Units: degrees. differs: the interval of the class's median |AS| lies
-- above the median of all images, and that of its place leaves the last place out (which one of two
-- classes has may be chance); NULL where it has none. times: how many times that it is at least.
select s.model, s.class_name, s.n, s.abs_as_median_deg, s.abs_as_ci_low_deg, s.abs_as_ci_high_deg,
    s.rank, s.rank_ci_low, s.rank_ci_high, count(*) over (partition by s.model) as n_classes,
    m.abs_as_median_deg as of_all_deg,
    s.abs_as_ci_low_deg > of_all_deg and coalesce(s.rank_ci_high < n_classes, true) as differs, s.abs_as_ci_low_deg / nullif(of_all_deg, 0) as times
from main.class_scores s
join main.model_scores m using (run_id, model)
where run_id = $run
qualify row_number() over (partition by s.model order by s.rank nulls last, s.class_index) = 1
order by times desc nulls last, s.model
