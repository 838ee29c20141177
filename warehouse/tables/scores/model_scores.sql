-- Scores of each model, over all images.
--
-- Grain:  one row a run and model.
-- Key:    run_id, model
-- Units:  angles in degrees.
-- Source: SING, figure 3 and equations 7 and 8.
create table model_scores (
    run_id              varchar not null,
    model               varchar not null,
    n                   bigint not null,
    as_mean_deg         double,
    as_sd_deg           double,
    abs_as_median_deg   double,
    is_mean_deg         double,
    is_sd_deg           double,
    is_median_deg       double,
    as_is_correlation   double,
    is_as_ratio         double,
    ratio_ci_low        double,
    ratio_ci_high       double,
    median_of_ratios    double,
    null_dim            integer not null,
    null_energy_mean    double,
    control_ratio       double,
    n_undefined         bigint not null,
    ratio_excess        double,
    excess_ci_low       double,
    excess_ci_high      double,
    null_variance_share double,
    logit_drift_q99     double,
    logit_drift_max     double,
    kl_mean             double,
    flipped_share       double,
    warnings            varchar
);

comment on table model_scores is 'Scores of each model, over all images. One row a run and model.';
comment on column model_scores.run_id is 'The run that made this row; see runs.';
comment on column model_scores.model is 'The model''s id in the study.';
comment on column model_scores.n is 'Images with defined scores.';
comment on column model_scores.as_mean_deg is 'Mean AS, signed.';
comment on column model_scores.as_sd_deg is 'Standard deviation of AS (n - 1).';
comment on column model_scores.abs_as_median_deg is 'Median |AS|: how much class meaning the null space holds. Lower is healthier.';
comment on column model_scores.is_mean_deg is 'Mean IS.';
comment on column model_scores.is_sd_deg is 'Standard deviation of IS (n - 1).';
comment on column model_scores.is_median_deg is 'Median IS: how much the null space may change at all.';
comment on column model_scores.as_is_correlation is 'Pearson correlation of signed AS and IS over images.';
comment on column model_scores.is_as_ratio is 'Median IS / median |AS|. Higher is healthier; read it against a random direction''s.';
comment on column model_scores.ratio_ci_low is 'Lower end of its 95 % bootstrap interval, images resampled within classes.';
comment on column model_scores.ratio_ci_high is 'Upper end of it.';
comment on column model_scores.median_of_ratios is 'Median over images of IS / |AS|.';
comment on column model_scores.null_dim is 'Dimensions of the null space.';
comment on column model_scores.null_energy_mean is 'Mean share of the features'' squared length in the null space.';
comment on column model_scores.control_ratio is 'The same ratio of a control: a step as long as the null part, in a random direction of feature space.';
comment on column model_scores.n_undefined is 'Images left out because a translation is a zero vector.';
comment on column model_scores.ratio_excess is 'is_as_ratio / control_ratio: how many times a random step''s. Above 1 is healthier than chance.';
comment on column model_scores.excess_ci_low is 'Lower end of its 95 % bootstrap interval, images resampled within classes.';
comment on column model_scores.excess_ci_high is 'Upper end of it.';
comment on column model_scores.null_variance_share is 'Share of the features'' variance that lies in the null space, 0 to 1: what feature_share of group_scores is to be read against.';
comment on column model_scores.logit_drift_q99 is '99 % quantile over images of the largest logit change that null removal makes. Rounding only in mode exact without a rule of one''s own.';
comment on column model_scores.logit_drift_max is 'The largest of all.';
comment on column model_scores.kl_mean is 'Mean over images of sum p log(p / q), p the probabilities before null removal and q those after; nats.';
comment on column model_scores.flipped_share is 'Share of images whose predicted class null removal changes, 0 to 1.';
comment on column model_scores.warnings is 'Why the headline cannot be read alone, sentence by sentence; NULL if nothing.';
