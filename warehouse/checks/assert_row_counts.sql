-- Every image has a score for every scored model, every class and phrase its aggregate,
-- and every image and phrase a row unless the study's row limit cut them evenly.
--
-- A row returned here is a failure: part of a model's results is missing or doubled.
with
run as (
    select run_id, (config_json::json -> 'analysis' ->> 'max_image_concept_rows')::bigint as row_limit
    from runs
    where run_id in (from checked_runs) and status = 'finished'
),
expected as (
    select
        run_id,
        model,
        (select count(*) from images i where i.run_id = m.run_id)                    as n_images,
        (select count(distinct class_index) from images i where i.run_id = m.run_id) as n_classes,
        (select count(*) from concepts c where c.run_id = m.run_id)                  as n_concepts,
        (select count(*) from models s where s.run_id = m.run_id and s.scored)       as n_models,
        row_limit
    from models m
    join run using (run_id)
    where m.scored
),
counted as (
    select
        e.*,
        -- The row limit is shared evenly by the scored models and their images.
        least(n_concepts, row_limit // greatest(1, n_models * n_images)) as kept_concepts,
        (select count(*) from image_scores t where t.run_id = e.run_id and t.model = e.model)         as images,
        (select count(*) from image_concept_scores t where t.run_id = e.run_id and t.model = e.model) as image_concepts,
        (select count(*) from class_scores t where t.run_id = e.run_id and t.model = e.model)         as classes,
        (select count(*) from concept_scores t where t.run_id = e.run_id and t.model = e.model)       as concepts,
        (select count(*) from model_scores t where t.run_id = e.run_id and t.model = e.model)         as model_rows,
        (select n + n_undefined from model_scores t where t.run_id = e.run_id and t.model = e.model)  as judged,
        (select count(*) from translators t where t.run_id = e.run_id and t.model = e.model)          as fits,
        (select n_undefined from model_scores t where t.run_id = e.run_id and t.model = e.model)      as n_undefined,
        (select count(*) from group_scores t where t.run_id = e.run_id and t.model = e.model)         as groups
    from expected e
)
select run_id, model, n_images, images, image_concepts, classes, concepts, model_rows, fits, groups
from counted
where images <> n_images
   or model_rows <> 1
   or fits <> 1
   -- The classes are a group always; the vocabulary's groups of one phrase are none.
   -- Runs of analysis version 1 were made before there were groups.
   or (groups < 1 and (select code_version from runs r where r.run_id = counted.run_id) not like '%analysis 1)')
   or judged is distinct from n_images
   or image_concepts <> n_images * kept_concepts
   -- A class whose every image is undefined has no aggregate.
   or (n_undefined = 0 and (classes <> n_classes or concepts <> n_classes * n_concepts));
