-- The pictures that two runs scored by one model, with what each run found.
--
-- Grain: one row per picture of both. Units: degrees. is_right is NULL where the head's classes are
-- not the study's.
select a.image_id, a.class_index, a.as_deg as a_as_deg, a.is_deg as a_is_deg,
    a.null_energy as a_null_energy, b.as_deg as b_as_deg, b.is_deg as b_is_deg,
    b.null_energy as b_null_energy,
    (a.predicted_class = ka.class_name)::double as a_is_right,
    (b.predicted_class = kb.class_name)::double as b_is_right
from main.image_scores a
join main.image_scores b on b.run_id = $b and b.model = a.model and b.image_id = a.image_id
left join main.class_scores ka
    on ka.run_id = a.run_id and ka.model = a.model and ka.class_index = a.class_index
left join main.class_scores kb
    on kb.run_id = b.run_id and kb.model = b.model and kb.class_index = b.class_index
where a.run_id = $a and a.model = $model
order by a.image_id
