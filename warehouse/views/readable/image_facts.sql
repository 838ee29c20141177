-- Each picture by each model, with its path and names: what images, image_scores and image_ranks have.
--
-- Grain: one row per run, model and picture. Units: degrees; percentiles from 0 to 100.
create view image_facts as
select r.study, s.run_id, r.run_id in (select run_id from latest.runs) as is_latest, s.model,
    i.path, i.class_name, s.predicted_class, s.as_deg, s.is_deg, s.null_energy,
    k.abs_as_percentile, k.is_percentile, k.energy_percentile, k.is_outlier,
    (select string_agg(flag, ', ' order by flag) from main.image_flags f
        where f.run_id = s.run_id and f.image_id = s.image_id) as flags,
    i.split, s.image_id
from main.image_scores s
join main.runs r using (run_id)
join main.images i using (run_id, image_id)
left join main.image_ranks k using (run_id, model, image_id);

comment on view image_facts is 'Each picture by each model, with its path and names. One row a run, model and picture.';
comment on column image_facts.is_latest is 'Whether the run is the newest finished one of its study.';
comment on column image_facts.flags is 'What one should be wary of, as in image_flags; NULL where nothing.';
