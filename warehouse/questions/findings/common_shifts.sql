-- What null removal does to the images of all classes alike: the phrases that it moves them towards
-- or away from most, of those that differ from a random step. apart_deg: how far that is from none
-- and from the random step's, the lesser of the two.
--
-- Grain: one row per model and phrase that differs, at most $most a model. Units: degrees.
with phrases as (
    select model, concept_id, any_value(common_as_mean_deg) as common_as_mean_deg,
        any_value(common_ci_low_deg) as common_ci_low_deg,
        any_value(common_ci_high_deg) as common_ci_high_deg,
        any_value(control_common_as_mean_deg) as control_common_as_mean_deg,
        least(
            abs(any_value(common_as_mean_deg)),
            abs(any_value(common_as_mean_deg) - any_value(control_common_as_mean_deg))
        ) as apart_deg
    from main.concept_scores
    where run_id = $run and common_differs_from_control
    group by model, concept_id
)
select s.model, p.phrase, s.common_as_mean_deg, s.common_ci_low_deg, s.common_ci_high_deg,
    s.control_common_as_mean_deg, s.apart_deg
from phrases s
join main.concepts p on p.run_id = $run and p.concept_id = s.concept_id
qualify row_number() over (partition by s.model order by s.apart_deg desc, s.concept_id) <= $most
order by s.model, s.apart_deg desc, s.concept_id
