-- The nearest real pictures of T f and of T f~ in the space: what null removal looks like.
--
-- Grain:  one row per run, model, image, side and rank.
-- Key:    run_id, model, image_id, side, neighbor_rank
-- Units:  degrees.
-- Source: sing_core/scores/neighbors.py; exact, over all pictures of the run, the image itself included.
create table neighbors (
    run_id            varchar not null,
    model             varchar not null,
    image_id          varchar not null,
    side              varchar not null,
    neighbor_rank     integer not null,
    neighbor_image_id varchar not null,
    angle_deg         double
);
comment on table neighbors is 'The nearest real pictures of T f and of T f~ in the space: what null removal looks like. One row per run, model, image, side and rank.';
comment on column neighbors.run_id is 'The run.';
comment on column neighbors.model is 'The model.';
comment on column neighbors.image_id is 'The image; a sample of at most 1000, evenly over classes.';
comment on column neighbors.side is 'original (T f) or equivalent (T f~).';
comment on column neighbors.neighbor_rank is '1 is the nearest.';
comment on column neighbors.neighbor_image_id is 'The real picture.';
comment on column neighbors.angle_deg is 'Angle between the translation and that picture''s embedding; degrees.';
