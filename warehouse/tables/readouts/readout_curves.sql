-- How well the classes are read with fewer pictures to fit on: would more help?
--
-- Grain:  one row per run, model, view and number of pictures; about a quarter, a half, and all of them.
-- Key:    run_id, model, view, n_fit
-- Units:  shares of held-out pictures, 0 to 1.
-- Source: beyond the paper; sing_core/scores/readouts.py.
create table readout_curves (
    run_id        varchar not null,
    model         varchar not null,
    view          varchar not null,
    n_fit         bigint  not null,
    accuracy      double  not null,
    ci_low        double  not null,
    ci_high       double  not null
);

comment on table readout_curves is 'How well the classes are read with a quarter, a half and all of the pictures to fit on. One row a run, model, view and number of pictures.';
comment on column readout_curves.run_id is 'The run that made this row; see runs.';
comment on column readout_curves.model is 'The model whose features are read.';
comment on column readout_curves.view is 'all (the features) or null (what the head does not see).';
comment on column readout_curves.n_fit is 'Pictures that the reader is fitted on.';
comment on column readout_curves.accuracy is 'Share of the held-out pictures that it names right, as in readouts.';
comment on column readout_curves.ci_low is 'Lower end of its 95 % interval over pictures (Wilson).';
comment on column readout_curves.ci_high is 'Upper end of it.';
