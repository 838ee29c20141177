-- Clusters of the map: how many pictures each has, what a model finds of them, and the phrases that
-- their translated features are nearer to than those of all others are.
--
-- Grain: one row per cluster. Units: degrees; shares. is_right is NULL where the head's
-- classes are not the study's.
with mapped as (
    select image_id, cluster from main.map_places
    where run_id = $run and model = $model and cluster is not null
),
scored as (
    select m.cluster, count(*) as n, mode(i.class_name) as class_name, avg(s.is_deg) as is_deg,
        avg(s.null_energy) as null_energy,
        if(bool_or(bool_or(s.predicted_class = i.class_name)) over (),
            avg((s.predicted_class = i.class_name)::double), null) as is_right
    from mapped m
    join main.images i on i.run_id = $run and i.image_id = m.image_id
    join main.image_scores s on s.run_id = $run and s.model = $model and s.image_id = m.image_id
    group by m.cluster
),
summed as (
    select m.cluster, c.concept_id, sum(c.angle_original_deg) as total, count(c.angle_original_deg) as n
    from mapped m
    join main.image_concept_scores c
        on c.run_id = $run and c.model = $model and c.image_id = m.image_id
    group by all
),
apart as (
    select cluster, concept_id, total / n - (sum(total) over (partition by concept_id) - total)
        / nullif(sum(n) over (partition by concept_id) - n, 0) as apart_deg
    from summed
),
nearest as (
    select cluster, concept_id, apart_deg
    from apart
    where apart_deg < 0
    qualify row_number() over (partition by cluster order by apart_deg, concept_id) <= $most
)
select s.cluster, s.n, s.class_name, s.is_deg, s.null_energy, s.is_right,
    string_agg(p.phrase, ', ' order by x.apart_deg, x.concept_id) as phrases
from scored s
left join nearest x using (cluster)
left join main.concepts p on p.run_id = $run and p.concept_id = x.concept_id
group by all
order by s.cluster
