-- What a cure does to each class.
--
-- Grain:  one row per run, model, cure and class with held-out pictures.
-- Key:    run_id, model, cure, class_index
-- Units:  shares of held-out pictures, 0 to 1.
-- Source: beyond the paper; docs/cure.md.
create table cure_classes (
    run_id          varchar not null,
    model           varchar not null,
    cure            varchar not null,
    class_index     integer not null,
    class_name      varchar not null,
    n               bigint  not null,
    accuracy_before double  not null,
    accuracy_after  double  not null
);

comment on table cure_classes is 'What a cure does to each class. One row a run, model, cure and class with held-out pictures.';
comment on column cure_classes.run_id is 'The run that made this row; see runs.';
comment on column cure_classes.model is 'The model whose head was changed.';
comment on column cure_classes.cure is 'The cure, as in cures.';
comment on column cure_classes.class_index is 'The class; see images.';
comment on column cure_classes.class_name is 'Its name.';
comment on column cure_classes.n is 'Held-out pictures of it.';
comment on column cure_classes.accuracy_before is 'Share of them that the old head names right.';
comment on column cure_classes.accuracy_after is 'Share of them that the new head names right.';
