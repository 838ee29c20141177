-- Null removal of every image, against every phrase of the vocabulary.
--
-- Grain:  one row a run, model, image and concept.
-- Key:    run_id, model, image_id, concept_id
-- Units:  angles in degrees.
-- Source: SING, equation 7 and section 4.3.
create table image_concept_scores (
    run_id              varchar not null,
    model               varchar not null,
    image_id            varchar not null,
    concept_id          integer not null,
    angle_original_deg  float,
    as_deg              float
);

comment on table image_concept_scores is 'Null removal of every image, against every phrase of the vocabulary. One row a run, model, image and concept.';
comment on column image_concept_scores.run_id is 'The run that made this row; see runs.';
comment on column image_concept_scores.model is 'The model''s id in the study.';
comment on column image_concept_scores.image_id is 'Id of the picture: one file content at one relative path.';
comment on column image_concept_scores.concept_id is 'The phrase; see concepts.';
comment on column image_concept_scores.angle_original_deg is 'Angle of the translated original to the phrase; smaller is more alike.';
comment on column image_concept_scores.as_deg is 'Attribute Score for the phrase: positive where the equivalent is closer to it.';
