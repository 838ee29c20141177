-- How null removal moves each class towards or away from each phrase, by what is the class's own
-- ($own) or in all: the classes and phrases that it moves most.
--
-- Grain: one row per class and phrase, at most $classes times $phrases. Units: degrees.
with scores as (
    select class_index, concept_id, n,
        if($own, own_as_mean_deg, as_mean_deg) as moved_deg,
        if($own, own_differs_from_control, differs_from_control) as differs
    from main.concept_scores
    where run_id = $run and model = $model and moved_deg is not null
),
phrases as (
    select s.concept_id
    from scores s
    join main.concepts p on p.run_id = $run and p.concept_id = s.concept_id
    where $group = '' or p.concept_group = $group
    group by s.concept_id
    order by max(abs(s.moved_deg)) desc, s.concept_id
    limit $phrases
),
classes as (
    select class_index
    from scores
    join phrases using (concept_id)
    group by class_index
    order by max(abs(moved_deg)) desc, class_index
    limit $classes
)
select k.class_name, s.class_index, p.phrase, s.concept_id, s.moved_deg, s.differs, s.n
from scores s
join classes using (class_index)
join phrases using (concept_id)
join main.class_scores k on k.run_id = $run and k.model = $model and k.class_index = s.class_index
join main.concepts p on p.run_id = $run and p.concept_id = s.concept_id
order by s.class_index, s.concept_id
