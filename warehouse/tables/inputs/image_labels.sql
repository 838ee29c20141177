-- What is known of the images beside their class: which phrase of a group holds.
--
-- Grain:  one row per run, image and group; none for images that nobody labeled.
-- Key:    run_id, image_id, concept_group
-- Source: the scene that an image of the made world was drawn from.
create table image_labels (
    run_id        varchar not null,
    image_id      varchar not null,
    concept_group varchar not null,
    phrase        varchar not null
);
comment on table image_labels is 'What is known of the images beside their class: which phrase of a group holds. Made worlds only.';
comment on column image_labels.run_id is 'The run.';
comment on column image_labels.image_id is 'The image.';
comment on column image_labels.concept_group is 'The group, as in concepts; for instance fill color.';
comment on column image_labels.phrase is 'The phrase of the group that is true of the image, as in concepts.';
