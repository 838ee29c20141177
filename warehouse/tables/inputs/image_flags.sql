-- Pictures to be wary of.
--
-- Grain:  one row a run, image and flag.
-- Key:    run_id, image_id, flag
-- Units:  none.
-- Source: beyond the paper; flows/pictures/flags.py.
create table image_flags (
    run_id   varchar not null,
    image_id varchar not null,
    flag     varchar not null,
    detail   varchar
);

comment on table image_flags is 'Pictures to be wary of. One row a run, image and flag.';
comment on column image_flags.run_id is 'The run that made this row; see runs.';
comment on column image_flags.image_id is 'The picture; see images.';
comment on column image_flags.flag is 'label_conflict (the same bytes lie under another class too), copy (the same bytes lie in its class under an earlier path) or blank (99 % of the middle square are within 10 of 255 levels of one color).';
comment on column image_flags.detail is 'What it is, in words: the other picture''s path and class.';
