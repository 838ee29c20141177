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
    n_reached       bigint,
    epsilon_mean double,
    epsilon_over_norm_mean double,
    epsilon_over_null_mean double,
    control_as_mean_deg double,
    control_is_mean_deg double
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
comment on column class_confusion.epsilon_mean is 'Mean length of the step, over the images that one turns so far, in units of the features.';
comment on column class_confusion.epsilon_over_norm_mean is 'Mean step over the length of the image''s feature.';
comment on column class_confusion.epsilon_over_null_mean is 'Mean step over the median length of the null part of the steered images: how dear the turn is.';
comment on column class_confusion.control_as_mean_deg is 'Mean AS of steps as long outside the null space, along the part of the same gradient that the head sees; degrees.';
comment on column class_confusion.control_is_mean_deg is 'Mean IS of those steps; degrees.';
