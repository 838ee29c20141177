-- How well each model's features translate into the space.
--
-- Grain:  one row a run and model.
-- Key:    run_id, model
-- Units:  cosines and shares from 0 to 1.
-- Source: SING, equation 4, fitted in closed form; all quality figures are on held-out images.
create table translators (
    run_id                    varchar not null,
    model                     varchar not null,
    intercept                 boolean not null,
    ridge_lambda              double,
    n_fit                     bigint not null,
    n_holdout                 bigint not null,
    cosine_mean               double,
    cosine_median             double,
    r2_mean                   double,
    r2_weighted               double,
    mse                       double,
    top1_space                double,
    top1_translated           double,
    top1_translated_principal double,
    n_validation              bigint not null,
    message                   varchar,
    source                    varchar,
    space_precision           varchar,
    space_precision_angle_deg double
);

comment on table translators is 'How well each model''s features translate into the space. One row a run and model.';
comment on column translators.run_id is 'The run that made this row; see runs.';
comment on column translators.model is 'The model''s id in the study.';
comment on column translators.intercept is 'Whether the map has an (unpenalized) intercept.';
comment on column translators.ridge_lambda is 'Ridge strength: minimizes mean ||A f + b - z||^2 + ridge_lambda ||A||^2; NULL of a given translator.';
comment on column translators.n_fit is 'Images fitted on.';
comment on column translators.n_holdout is 'Images judged on.';
comment on column translators.cosine_mean is 'Mean cosine of translated and real image features.';
comment on column translators.cosine_median is 'Median of the same.';
comment on column translators.r2_mean is 'Coefficient of determination, mean over coordinates of the space.';
comment on column translators.r2_weighted is 'The same, weighted by each coordinate''s variance.';
comment on column translators.mse is 'Mean squared error per element.';
comment on column translators.top1_space is 'Zero-shot top-1 over the study''s classes, from real image features, as a share.';
comment on column translators.top1_translated is 'The same from translated features.';
comment on column translators.top1_translated_principal is 'The same from translated features without their null part.';
comment on column translators.n_validation is 'Images of n_fit that chose ridge_lambda, before the final fit on all.';
comment on column translators.message is 'What a reader should know before trusting the fit; NULL if nothing.';
comment on column translators.source is 'fitted here, or given as a file (translator.file).';
comment on column translators.space_precision is 'What the space''s image features were computed in; NULL in runs of before this column.';
comment on column translators.space_precision_angle_deg is 'Largest angle, in degrees, by which that turned the image features it was measured on; NULL of float32.';
