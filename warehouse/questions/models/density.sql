-- Where the images of each model lie in AS and IS: counts in a grid that all models share.
--
-- Grain: one row per model and cell that is not empty. Units: degrees.
with scores as (
    select model, as_deg, is_deg
    from main.image_scores
    where run_id = $run and as_deg is not null
),
-- The grid ends 3.5 standard deviations from the models' means; what is beyond counts in its last
-- cells. (Quantiles of all images would take longer than all the rest.)
ends as (
    select min(as_mean_deg - 3.5 * coalesce(as_sd_deg, 1)) as as_from,
        max(as_mean_deg + 3.5 * coalesce(as_sd_deg, 1)) as as_to,
        max(is_mean_deg + 3.5 * coalesce(is_sd_deg, 1)) as is_to
    from main.model_scores
    where run_id = $run
),
cells as (
    select model,
        greatest(0, least($bins - 1, floor((as_deg - as_from) / nullif(as_to - as_from, 0) * $bins))) as i,
        greatest(0, least($bins - 1, floor(is_deg / nullif(is_to, 0) * $bins))) as j
    from scores, ends
),
counted as (
    select model, i, j, count(*) as n
    from cells
    where i is not null and j is not null
    group by model, i, j
)
select model,
    as_from + i * (as_to - as_from) / $bins as as_low_deg,
    as_from + (i + 1) * (as_to - as_from) / $bins as as_high_deg,
    j * is_to / $bins as is_low_deg, (j + 1) * is_to / $bins as is_high_deg,
    n, n / sum(n) over (partition by model) as share
from counted, ends
order by model, as_low_deg, is_low_deg
