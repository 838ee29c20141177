-- Held-out pictures that a cured head names otherwise.
--
-- Grain:  one row per run, model, cure and picture.
-- Key:    run_id, model, cure, image_id
-- Units:  none.
-- Source: beyond the paper; docs/cure.md.
create table cure_flips (
    run_id       varchar not null,
    model        varchar not null,
    cure         varchar not null,
    image_id     varchar not null,
    named_before varchar not null,
    named_after  varchar not null,
    right_before boolean not null,
    right_after  boolean not null
);

comment on table cure_flips is 'Held-out pictures that a cured head names otherwise. One row a run, model, cure and picture.';
comment on column cure_flips.run_id is 'The run that made this row; see runs.';
comment on column cure_flips.model is 'The model whose head was changed.';
comment on column cure_flips.cure is 'The cure, as in cures.';
comment on column cure_flips.image_id is 'The picture; see images.';
comment on column cure_flips.named_before is 'The class that the old head names.';
comment on column cure_flips.named_after is 'The class that the new head names.';
comment on column cure_flips.right_before is 'Whether that was right.';
comment on column cure_flips.right_after is 'Whether it is right now.';
