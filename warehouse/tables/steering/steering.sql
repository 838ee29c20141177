-- Steps inside the null space that turn an image towards a text, each calibrated to the same Image Score.
--
-- Grain:  one row per run, model, image and target.
-- Key:    run_id, model, image_id, target
-- Units:  degrees; epsilon in units of the features.
-- Source: SING, equations 10 to 13 and table 1; sing_core/scores/steering.py.
create table steering (
    run_id              varchar not null,
    model               varchar not null,
    image_id            varchar not null,
    target              varchar not null,
    target_is_deg       double not null,
    epsilon             double,
    reachable           boolean not null,
    as_deg              double,
    is_deg              double,
    max_abs_logit_drift double,
    limit_deg           double,
    epsilon_over_norm double,
    epsilon_over_null double,
    control_as_deg double,
    control_is_deg double
);
comment on table steering is 'Steps inside the null space that turn an image towards a text, each calibrated to the same Image Score. One row per run, model, image and target. Of each class at most steering.images_per_class images, and 3,000 in all.';
comment on column steering.run_id is 'The run.';
comment on column steering.model is 'The model.';
comment on column steering.image_id is 'The image.';
comment on column steering.target is 'The text: a class, or a phrase.';
comment on column steering.target_is_deg is 'The IS that the step is calibrated to; degrees.';
comment on column steering.epsilon is 'Length of the step; NULL where no step reaches that IS.';
comment on column steering.reachable is 'Whether some step reaches it.';
comment on column steering.as_deg is 'AS towards the target: positive where the step turns towards it; degrees.';
comment on column steering.is_deg is 'IS of the step; degrees.';
comment on column steering.max_abs_logit_drift is 'Largest change of a logit that the step makes: rounding in mode exact.';
comment on column steering.limit_deg is 'The IS that no step towards this text reaches; degrees.';
comment on column steering.epsilon_over_norm is 'The step over the length of the image''s feature: 1 is as long as the whole feature.';
comment on column steering.epsilon_over_null is 'The step over the median length of the null part of the steered images: how many typical null parts it takes.';
comment on column steering.control_as_deg is 'AS of a step as long outside the null space: along the part of the same gradient that the head sees.';
comment on column steering.control_is_deg is 'IS of that step.';
