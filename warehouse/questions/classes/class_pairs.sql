-- Median |AS| of each class by two models.
--
-- Grain: one row per class. Units: degrees.
select a.class_index, a.class_name, a.n,
    a.abs_as_median_deg as a_deg, a.abs_as_ci_low_deg as a_low_deg, a.abs_as_ci_high_deg as a_high_deg,
    b.abs_as_median_deg as b_deg, b.abs_as_ci_low_deg as b_low_deg, b.abs_as_ci_high_deg as b_high_deg
from main.class_scores a
join main.class_scores b using (run_id, class_index)
where run_id = $run and a.model = $a and b.model = $b
order by a.class_index
