-- Files that could not be used as pictures.
--
-- Grain:  one row a run and file.
-- Key:    run_id, path
-- Units:  none.
-- Source: sing_core/files/images.py.
create table rejected_images (
    run_id  varchar not null,
    path    varchar not null,
    reason  varchar not null
);

comment on table rejected_images is 'Files that could not be used as pictures. One row a run and file.';
comment on column rejected_images.run_id is 'The run that made this row; see runs.';
comment on column rejected_images.path is 'Path below the study''s images.root.';
comment on column rejected_images.reason is 'Why it was refused.';
