-- Files that could not be used as pictures, or were passed over because they are none.
--
-- Grain:  one row a run and file.
-- Key:    run_id, path
-- Units:  none.
-- Source: sing_core/files/images.py, sing_core/files/folder_walk.py.
create table rejected_images (
    run_id  varchar not null,
    path    varchar not null,
    reason  varchar not null
);

comment on table rejected_images is 'Files that could not be used as pictures, or were passed over because they are none. One row a run and file; a folder that was left out ends in a slash.';
comment on column rejected_images.run_id is 'The run that made this row; see runs.';
comment on column rejected_images.path is 'Path below the study''s images.root.';
comment on column rejected_images.reason is 'Why it was refused, or passed over.';
