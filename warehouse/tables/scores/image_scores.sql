-- Null removal of every image, against its true class's text.
--
-- Grain:  one row a run, model and image.
-- Key:    run_id, model, image_id
-- Units:  angles in degrees.
-- Source: SING, equations 7, 8 and 9.
create table image_scores (
    run_id                varchar not null,
    model                 varchar not null,
    image_id              varchar not null,
    class_index           integer not null,
    predicted_class       varchar not null,
    as_deg                double,
    is_deg                double,
    angle_original_deg    double,
    angle_equivalent_deg  double,
    null_energy           double,
    max_abs_logit_drift   double
);

comment on table image_scores is 'Null removal of every image, against its true class''s text. One row a run, model and image.';
comment on column image_scores.run_id is 'The run that made this row; see runs.';
comment on column image_scores.model is 'The model''s id in the study.';
comment on column image_scores.image_id is 'Id of the picture: one file content at one relative path.';
comment on column image_scores.class_index is 'True class: a row of class_texts, and an index into the study''s classes from 0.';
comment on column image_scores.predicted_class is 'The head''s own class of the picture, by its own names.';
comment on column image_scores.as_deg is 'Attribute Score: angle of original to text minus angle of equivalent to text. Positive: the equivalent is closer to the text. NULL if a translation is a zero vector.';
comment on column image_scores.is_deg is 'Image Score: angle between translated original and translated equivalent, at least |as_deg|.';
comment on column image_scores.angle_original_deg is 'Angle of the translated original to the text.';
comment on column image_scores.angle_equivalent_deg is 'Angle of the translated equivalent to the text.';
comment on column image_scores.null_energy is 'Share of the feature''s squared length in the null space, from 0 to 1.';
comment on column image_scores.max_abs_logit_drift is 'Largest change of any logit from original to equivalent.';
