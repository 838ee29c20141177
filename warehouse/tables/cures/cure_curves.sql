-- What weaker and stronger cures would give: by directions that are seen, or by the share of the change.
--
-- Grain:  one row per run, model, cure and value.
-- Key:    run_id, model, cure, value
-- Units:  shares of held-out pictures, 0 to 1.
-- Source: beyond the paper; docs/cure.md.
create table cure_curves (
    run_id           varchar not null,
    model            varchar not null,
    cure             varchar not null,
    value            double  not null,
    accuracy         double  not null,
    accuracy_ci_low  double  not null,
    accuracy_ci_high double  not null,
    seen             double  not null
);

comment on table cure_curves is 'What weaker and stronger cures would give. One row a run, model, cure and value.';
comment on column cure_curves.run_id is 'The run that made this row; see runs.';
comment on column cure_curves.model is 'The model whose head was changed.';
comment on column cure_curves.cure is 'The cure, as in cures.';
comment on column cure_curves.value is 'Of see, directions of the null space that are seen (0: the old head); of blind, the share of the change.';
comment on column cure_curves.accuracy is 'Share of the held-out pictures that such a head names right.';
comment on column cure_curves.accuracy_ci_low is 'Lower end of its 95 % interval (Wilson).';
comment on column cure_curves.accuracy_ci_high is 'Upper end of it.';
comment on column cure_curves.seen is 'Share of the held-out pictures whose value of the group (of see: whose class) a linear reader names off its logits.';
