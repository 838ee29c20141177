-- Images that fit a search, by one model; first those whose place in their class is most unusual.
--
-- Grain: one row per image. Units: degrees. An empty parameter does not restrict.
select s.image_id, i.path, i.class_name, s.predicted_class, s.as_deg, s.is_deg,
    r.abs_as_percentile, r.is_percentile, coalesce(r.is_outlier, false) as is_outlier,
    s.image_id in (
        select image_id from main.neighbors where run_id = $run and model = $model
    ) as has_neighbors
from main.image_scores s
join main.images i using (run_id, image_id)
left join main.image_ranks r using (run_id, model, image_id)
where s.run_id = $run and s.model = $model
    and ($class_index < 0 or s.class_index = $class_index)
    and ($text = '' or contains(lower(i.path), lower($text))
        or contains(lower(i.class_name), lower($text))
        or contains(lower(s.predicted_class), lower($text)) or starts_with(s.image_id, $text))
    and (not $outliers or r.is_outlier)
    and ($only is null or list_contains($only, s.image_id))
    and (not $unflagged or s.image_id not in (select image_id from main.image_flags where run_id = $run))
order by s.is_deg desc nulls last, s.image_id
limit $most
