-- Phrases that set the pictures in a part of the map apart: those that they are nearer to, and farther
-- from, than all others on it, by the translation of their features.
--
-- Grain: one row per phrase, at most $most each way. Units: degrees. apart_deg: mean angle in the
-- part minus that of the others, with its 95 % interval (Welch, normal); negative is nearer.
with mapped as (
    select image_id, x between $x0 and $x1 and y between $y0 and $y1
        and ($cluster = 0 or cluster = $cluster) as is_in
    from main.map_places
    where run_id = $run and model = $model
),
angles as (
    select c.concept_id,
        avg(c.angle_original_deg) filter (where is_in) - avg(c.angle_original_deg) filter (where not is_in) as apart_deg,
        sqrt(var_samp(c.angle_original_deg) filter (where is_in) / count(*) filter (where is_in)
            + var_samp(c.angle_original_deg) filter (where not is_in) / count(*) filter (where not is_in)) as error_deg
    from main.image_concept_scores c
    join mapped using (image_id)
    where c.run_id = $run and c.model = $model
    group by c.concept_id
)
select p.phrase, a.apart_deg, a.apart_deg - 1.96 * a.error_deg as low_deg, a.apart_deg + 1.96 * a.error_deg as high_deg
from angles a
join main.concepts p on p.run_id = $run and p.concept_id = a.concept_id
where a.error_deg > 0
qualify least(row_number() over (order by a.apart_deg), row_number() over (order by a.apart_deg desc)) <= $most
order by a.apart_deg, p.phrase
