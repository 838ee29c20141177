-- What a new head would gain over the model's own, and what the null space adds to what the head sees.
--
-- Grain:  one row per run and model.
-- Key:    run_id, model
-- Units:  differences of shares of held-out pictures, -1 to 1.
-- Source: beyond the paper; sing_core/scores/readouts.py; intervals: Agresti and Min 2005, matched pairs.
create table headroom (
    run_id            varchar not null,
    model             varchar not null,
    n_fit             bigint  not null,
    n_holdout         bigint  not null,
    headroom          double,
    headroom_ci_low   double,
    headroom_ci_high  double,
    null_gain         double  not null,
    null_gain_ci_low  double  not null,
    null_gain_ci_high double  not null,
    warning           varchar
);

comment on table headroom is 'What a new linear head would gain over a model''s own, on the same held-out pictures. One row a run and model.';
comment on column headroom.run_id is 'The run that made this row; see runs.';
comment on column headroom.model is 'The model.';
comment on column headroom.n_fit is 'Pictures that the new head is fitted on.';
comment on column headroom.n_holdout is 'Held-out pictures that both are judged on.';
comment on column headroom.headroom is 'Accuracy of a new linear head on all features minus that of the model''s own, both among the study''s classes; NULL where the own head does not have them.';
comment on column headroom.headroom_ci_low is 'Lower end of its 95 % interval, over matched pictures.';
comment on column headroom.headroom_ci_high is 'Upper end of it.';
comment on column headroom.null_gain is 'Accuracy of a new linear head on all features minus that of one on what the own head sees: what the null space adds.';
comment on column headroom.null_gain_ci_low is 'Lower end of its 95 % interval, over matched pictures.';
comment on column headroom.null_gain_ci_high is 'Upper end of it.';
comment on column headroom.warning is 'Why it is not to be taken alone: too few pictures for so many features.';
