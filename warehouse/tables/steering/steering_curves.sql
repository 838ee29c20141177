-- How AS grows with the Image Score of the step: each class's images towards each target.
--
-- Grain:  one row per run, model, class, target and step.
-- Key:    run_id, model, source_class, target, is_deg
-- Units:  degrees; epsilon in units of the features.
-- Source: SING, section 4.4; sing_core/scores/steering.py.
create table steering_curves (
    run_id          varchar not null,
    model           varchar not null,
    source_class    varchar not null,
    target          varchar not null,
    is_deg          double not null,
    n               bigint not null,
    reachable_share double,
    as_mean_deg     double,
    as_sd_deg       double,
    epsilon_mean    double,
    epsilon_over_norm_mean double,
    epsilon_over_null_mean double,
    control_as_mean_deg double,
    control_is_mean_deg double
);
comment on table steering_curves is 'How AS grows with the Image Score of the step: each class''s images towards each target. One row per run, model, class, target and step. Of each class at most steering.images_per_class images, and 3,000 in all.';
comment on column steering_curves.run_id is 'The run.';
comment on column steering_curves.model is 'The model.';
comment on column steering_curves.source_class is 'The images'' class.';
comment on column steering_curves.target is 'The text: a class, or a phrase.';
comment on column steering_curves.is_deg is 'IS of the step; degrees.';
comment on column steering_curves.n is 'Images of the class that were steered.';
comment on column steering_curves.reachable_share is 'Share of them that some step turns so far, 0 to 1.';
comment on column steering_curves.as_mean_deg is 'Mean AS towards the target over those; degrees.';
comment on column steering_curves.as_sd_deg is 'Standard deviation of it (n - 1); degrees.';
comment on column steering_curves.epsilon_mean is 'Mean length of the step.';
comment on column steering_curves.epsilon_over_norm_mean is 'Mean step over the length of the image''s feature.';
comment on column steering_curves.epsilon_over_null_mean is 'Mean step over the median length of the null part of the steered images.';
comment on column steering_curves.control_as_mean_deg is 'Mean AS of steps as long outside the null space, along the part of the same gradient that the head sees; degrees.';
comment on column steering_curves.control_is_mean_deg is 'Mean IS of those steps; degrees.';
