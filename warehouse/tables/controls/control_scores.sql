-- Scores of steps made in other ways than null removal, to read its scores against.
--
-- Grain:  one row per run, model, kind and draw.
-- Key:    run_id, model, kind, draw
-- Units:  angles in degrees; logits in their own unit.
-- Source: SING, section 3.4 of the supplement (figure 9); sing_core/scores/controls.py.
create table control_scores (
    run_id            varchar not null,
    model             varchar not null,
    kind              varchar not null,
    draw              integer not null,
    n                 bigint not null,
    abs_as_median_deg double,
    is_median_deg     double,
    is_as_ratio       double,
    logit_l2_median   double,
    logit_l2_q05      double,
    logit_l2_q95      double
);
comment on table control_scores is 'Scores of steps made in other ways than null removal, to read its scores against. One row per run, model, kind and draw.';
comment on column control_scores.run_id is 'The run.';
comment on column control_scores.model is 'The model.';
comment on column control_scores.kind is 'null (null removal itself), random_subspace (of the null space''s dimension), random_vector, principal (along leading singular directions of the head), covariance (drawn from the features'' covariance); the last three are steps as long as the null part.';
comment on column control_scores.draw is 'Which draw of this kind, from 0.';
comment on column control_scores.n is 'Images with defined scores; a sample of at most 500, evenly over classes.';
comment on column control_scores.abs_as_median_deg is 'Median |AS| towards the true class''s text; degrees.';
comment on column control_scores.is_median_deg is 'Median IS; degrees.';
comment on column control_scores.is_as_ratio is 'is_median_deg / abs_as_median_deg.';
comment on column control_scores.logit_l2_median is 'Median length of the logits'' change: nothing for null in mode exact.';
comment on column control_scores.logit_l2_q05 is '5 % quantile of it.';
comment on column control_scores.logit_l2_q95 is '95 % quantile of it.';
