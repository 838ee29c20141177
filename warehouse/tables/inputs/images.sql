-- The pictures of a run.
--
-- Grain:  one row a run and image.
-- Key:    run_id, image_id
-- Units:  pixels.
-- Source: the study's image folder, or its table of items.
create table images (
    run_id       varchar not null,
    image_id     varchar not null,
    path         varchar not null,
    class_index  integer not null,
    class_name   varchar not null,
    split        varchar not null,
    width        integer,
    height       integer,
    sha256       varchar not null
);

comment on table images is 'The pictures of a run. One row a run and image.';
comment on column images.run_id is 'The run that made this row; see runs.';
comment on column images.image_id is 'Id of the picture: one file content at one relative path. Of an item without pictures: of its id.';
comment on column images.path is 'Path below the study''s images.root, or the id in its images.table.';
comment on column images.class_index is 'True class: a row of class_texts, and an index into the study''s classes from 0.';
comment on column images.class_name is 'Name of the true class.';
comment on column images.split is 'fit (the translators are fitted on it) or holdout (never fitted).';
comment on column images.width is 'Width in pixels, upright; NULL of an item without a picture.';
comment on column images.height is 'Height in pixels, upright; NULL of an item without a picture.';
comment on column images.sha256 is 'SHA-256 of the file; of an item without a picture as its table says, else of its id.';
