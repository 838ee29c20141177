-- The same scores for other parts of the feature: what the head sees, and parts replaced by their mean.
--
-- Grain:  one row per run, model and removal.
-- Key:    run_id, model, removal
-- Units:  angles in degrees; logits in their own unit.
-- Source: beyond the paper; sing_core/scores/controls.py.
create table removal_scores (
    run_id            varchar not null,
    model             varchar not null,
    removal           varchar not null,
    n                 bigint not null,
    abs_as_median_deg double,
    is_median_deg     double,
    is_as_ratio       double,
    ratio_ci_low      double,
    ratio_ci_high     double,
    logit_l2_median   double,
    logit_l2_q05      double,
    logit_l2_q95      double,
    flipped_share     double
);
comment on table removal_scores is 'The same scores for other parts of the feature: what the head sees, and parts replaced by their mean. One row per run, model and removal.';
comment on column removal_scores.run_id is 'The run.';
comment on column removal_scores.model is 'The model.';
comment on column removal_scores.removal is 'null (the paper''s), null_centered (the null part becomes its mean), principal (only the null part is kept), principal_centered (the principal part becomes its mean).';
comment on column removal_scores.n is 'Images with defined scores; a sample of at most 500, evenly over classes.';
comment on column removal_scores.abs_as_median_deg is 'Median |AS| towards the true class''s text; degrees.';
comment on column removal_scores.is_median_deg is 'Median IS; degrees.';
comment on column removal_scores.is_as_ratio is 'is_median_deg / abs_as_median_deg.';
comment on column removal_scores.ratio_ci_low is 'Lower end of its 95 % bootstrap interval.';
comment on column removal_scores.ratio_ci_high is 'Upper end of it.';
comment on column removal_scores.logit_l2_median is 'Median length of the logits'' change.';
comment on column removal_scores.logit_l2_q05 is '5 % quantile of it.';
comment on column removal_scores.logit_l2_q95 is '95 % quantile of it.';
comment on column removal_scores.flipped_share is 'Share of images whose predicted class changes, 0 to 1.';
