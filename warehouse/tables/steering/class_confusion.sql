-- How far images of a class can be moved towards another without the model noticing.
--
-- Grain:  one row per run, model, class and other class.
-- Key:    run_id, model, source_class, target_class
-- Units:  degrees.
-- Source: SING, section 4.4; sing_core/scores/steering.py.
create table class_confusion (
    run_id          varchar not null,
    model           varchar not null,
    source_class    varchar not null,
    target_class    varchar not null,
    n               bigint not null,
    as_mean_deg     double,
    is_mean_deg     double,
    reachable_share double,
    as_sd_deg       double,
    target_is_deg   double not null,
    n_reached       bigint
);
comment on table class_confusion is 'How far images of a class can be moved towards another without the model noticing. One row per run, model, class and other class. Of each class at most steering.images_per_class images, and 3,000 in all.';
comment on column class_confusion.run_id is 'The run.';
comment on column class_confusion.model is 'The model.';
comment on column class_confusion.source_class is 'The images'' class.';
comment on column class_confusion.target_class is 'The class they are steered towards.';
comment on column class_confusion.n is 'Images that were steered.';
comment on column class_confusion.as_mean_deg is 'Mean AS towards the target over the images that reach target_is_deg; degrees. High: easily taken for it by who reads the space, and not by the model.';
comment on column class_confusion.is_mean_deg is 'Their mean IS; degrees.';
comment on column class_confusion.reachable_share is 'Share of images that reach it, 0 to 1.';
comment on column class_confusion.as_sd_deg is 'Standard deviation of AS (n - 1); degrees.';
comment on column class_confusion.target_is_deg is 'The IS that steps are calibrated to; degrees.';
comment on column class_confusion.n_reached is 'Images behind the means: those that some step turns so far.';
