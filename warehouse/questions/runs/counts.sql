-- How much a run looked at.
--
-- Grain: one row.
select
    (select count(*) from main.images where run_id = $run) as n_images,
    (select count(distinct class_index) from main.images where run_id = $run) as n_classes,
    (select count(*) from main.concepts where run_id = $run) as n_concepts,
    (select count(*) from main.models where run_id = $run) as n_models,
    (select count(*) from main.rejected_images where run_id = $run) as n_rejected,
    (select count(distinct image_id) from main.image_flags where run_id = $run) as n_flagged
