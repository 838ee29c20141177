-- Scores of each class, over its images.
--
-- Grain:  one row a run, model and class.
-- Key:    run_id, model, class_index
-- Units:  angles in degrees.
-- Source: SING, figure 4.
create table class_scores (
    run_id             varchar not null,
    model              varchar not null,
    class_index        integer not null,
    class_name         varchar not null,
    n                  bigint not null,
    abs_as_mean_deg    double,
    abs_as_median_deg  double,
    as_mean_deg        double,
    as_sd_deg          double,
    is_mean_deg        double,
    is_median_deg      double,
    abs_as_ci_low_deg  double,
    abs_as_ci_high_deg double,
    rank               bigint,
    rank_ci_low        bigint,
    rank_ci_high       bigint
);

comment on table class_scores is 'Scores of each class, over its images. One row a run, model and class.';
comment on column class_scores.run_id is 'The run that made this row; see runs.';
comment on column class_scores.model is 'The model''s id in the study.';
comment on column class_scores.class_index is 'True class: a row of class_texts, and an index into the study''s classes from 0.';
comment on column class_scores.class_name is 'Name of the class.';
comment on column class_scores.n is 'Images with defined scores.';
comment on column class_scores.abs_as_mean_deg is 'Mean |AS|.';
comment on column class_scores.abs_as_median_deg is 'Median |AS|: what the class leaks into the null space.';
comment on column class_scores.as_mean_deg is 'Mean AS, signed.';
comment on column class_scores.as_sd_deg is 'Standard deviation of AS (n - 1); NULL for one image.';
comment on column class_scores.is_mean_deg is 'Mean IS.';
comment on column class_scores.is_median_deg is 'Median IS.';
comment on column class_scores.abs_as_ci_low_deg is 'Lower end of the 95 % bootstrap interval of the median |AS|; NULL for one image.';
comment on column class_scores.abs_as_ci_high_deg is 'Upper end of it.';
comment on column class_scores.rank is 'Place of the class by abs_as_median_deg among those of the model; 1 is the largest.';
comment on column class_scores.rank_ci_low is 'Lower end of where the rank lies in 95 % of bootstrap draws; NULL for a class of one image.';
comment on column class_scores.rank_ci_high is 'Upper end of it.';
