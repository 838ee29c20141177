-- The shifts of classes towards phrases that stand out most, of those that differ from a random
-- step's: by what is a class's own, or by the whole where a run has one class alone. apart_deg: how
-- far a shift is from none and from the random step's, the lesser of the two.
--
-- The largest are found by few columns first: millions of rows hardly fit into a sort whole.
--
-- Grain: one row per model, class and phrase; at most $most a model, and of a class and phrase that
-- differ. Units: degrees.
with apart as (
    select model, class_index, concept_id,
        least(
            abs(coalesce(own_as_mean_deg, as_mean_deg)),
            abs(coalesce(own_as_mean_deg - control_own_as_mean_deg, as_mean_deg - control_as_mean_deg))
        ) as apart_deg
    from main.concept_scores
    where run_id = $run
        and if(own_as_mean_deg is null, differs_from_control, own_differs_from_control)
),
least_apart as (
    select model, list_last(max(apart_deg, $most)) as least_deg from apart group by model
),
most_apart as (
    select a.*
    from apart a
    join least_apart l using (model)
    where a.apart_deg >= l.least_deg
    qualify row_number() over (
        partition by a.model order by a.apart_deg desc, a.class_index, a.concept_id
    ) <= $most
)
select c.model, c.class_index, k.class_name, p.phrase, c.as_mean_deg, c.as_ci_low_deg, c.as_ci_high_deg,
    c.control_as_mean_deg, c.differs_from_control, c.common_as_mean_deg, c.own_as_mean_deg,
    c.own_ci_low_deg, c.own_ci_high_deg, c.control_own_as_mean_deg, c.own_differs_from_control,
    m.apart_deg
from most_apart m
join main.concept_scores c on c.run_id = $run and c.model = m.model and c.class_index = m.class_index
    and c.concept_id = m.concept_id
join main.class_scores k on k.run_id = $run and k.model = m.model and k.class_index = m.class_index
join main.concepts p on p.run_id = $run and p.concept_id = m.concept_id
order by m.apart_deg desc, m.model, m.class_index, m.concept_id
