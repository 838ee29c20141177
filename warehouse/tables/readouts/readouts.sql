-- What a line can read of a group's values: off all features, off what the head sees, and off its null space.
--
-- Grain:  one row per run, model, group and view; the classes are the group "class".
-- Key:    run_id, model, concept_group, view
-- Units:  shares of held-out pictures, 0 to 1.
-- Source: beyond the paper; sing_core/scores/readouts.py.
create table readouts (
    run_id           varchar not null,
    model            varchar not null,
    concept_group    varchar not null,
    view             varchar not null,
    labels           varchar not null,
    n_values         bigint  not null,
    n_fit            bigint  not null,
    n_holdout        bigint  not null,
    reader           varchar not null,
    strength         double  not null,
    accuracy         double  not null,
    ci_low           double  not null,
    ci_high          double  not null,
    chance           double  not null,
    control_accuracy double,
    control_low      double,
    control_high     double,
    head_accuracy    double
);

comment on table readouts is 'What a line can read of a group''s values off parts of the features, on held-out pictures. One row a run, model, group and view.';
comment on column readouts.run_id is 'The run that made this row; see runs.';
comment on column readouts.model is 'The model whose features are read.';
comment on column readouts.concept_group is 'The group, as in concepts; class is the study''s classes.';
comment on column readouts.view is 'all (the features), principal (what the head sees of them) or null (what it does not).';
comment on column readouts.labels is 'How it is known which value is a picture''s own: given, or zero-shot (the nearest in the space).';
comment on column readouts.n_values is 'Values of the group.';
comment on column readouts.n_fit is 'Pictures that the reader is fitted on, with those that it was chosen by.';
comment on column readouts.n_holdout is 'Held-out pictures that it is judged on.';
comment on column readouts.reader is 'ridge (regression on indicators) or lda (discriminant analysis with a shrunken covariance): what named more of the validation pictures.';
comment on column readouts.strength is 'Its ridge, in units of the mean variance of a coordinate, chosen likewise.';
comment on column readouts.accuracy is 'Share of the held-out pictures whose value it names; view null of group class is the null readout.';
comment on column readouts.ci_low is 'Lower end of its 95 % interval over pictures (Wilson).';
comment on column readouts.ci_high is 'Upper end of it.';
comment on column readouts.chance is 'Share that naming the commonest value would reach.';
comment on column readouts.control_accuracy is 'Mean accuracy of such readers of three random subspaces of the null space''s dimension; view null only.';
comment on column readouts.control_low is 'The lowest of them.';
comment on column readouts.control_high is 'The highest of them.';
comment on column readouts.head_accuracy is 'The model''s own head on the same pictures, among the study''s classes; NULL of other groups, and where the head does not have these classes.';
