-- The same as group_scores for each value of a group: which class, which color the head cannot see.
--
-- Grain:  one row per run, model, group and value that some image has.
-- Key:    run_id, model, concept_group, value_index
-- Units:  degrees where the name says so; shares from 0 to 1.
-- Source: beyond the paper; formulas in sing_core/scores/margins.py and shares.py.
create table group_value_scores (
    run_id                          varchar not null,
    model                           varchar not null,
    concept_group                   varchar not null,
    value_index                     bigint  not null,
    value                           varchar not null,
    n                               bigint  not null,
    margin_deg                      double,
    margin_ci_low_deg               double,
    margin_ci_high_deg              double,
    margin_lost_deg                 double,
    margin_lost_ci_low_deg          double,
    margin_lost_ci_high_deg         double,
    margin_kept_by_null_deg         double,
    margin_kept_by_null_ci_low_deg  double,
    margin_kept_by_null_ci_high_deg double,
    feature_share                   double,
    feature_share_ci_low            double,
    feature_share_ci_high           double,
    margin_without_null_deg         double,
    margin_without_null_ci_low_deg  double,
    margin_without_null_ci_high_deg double
);
comment on table group_value_scores is 'Each value of a group (each class, each color): where in feature space it is told from the others.';
comment on column group_value_scores.run_id is 'The run.';
comment on column group_value_scores.model is 'The model.';
comment on column group_value_scores.concept_group is 'The group; class is the study''s classes.';
comment on column group_value_scores.value_index is 'Place of the value in its group; of a class its class_index.';
comment on column group_value_scores.value is 'The value: a class''s name, or a phrase.';
comment on column group_value_scores.n is 'Images of this value behind the margins.';
comment on column group_value_scores.margin_deg is 'Mean over these images of the mean angle to the group''s other texts minus that to this one, translated; degrees, positive is right.';
comment on column group_value_scores.margin_ci_low_deg is 'Lower end of the 95 % interval of margin_deg (jackknife over ten blocks of images); degrees.';
comment on column group_value_scores.margin_ci_high_deg is 'Upper end of it; degrees.';
comment on column group_value_scores.margin_lost_deg is 'How much of it goes when the null part is replaced by its mean; degrees.';
comment on column group_value_scores.margin_lost_ci_low_deg is 'Lower end of the 95 % interval of margin_lost_deg (jackknife over ten blocks of images); degrees.';
comment on column group_value_scores.margin_lost_ci_high_deg is 'Upper end of it; degrees.';
comment on column group_value_scores.margin_kept_by_null_deg is 'How much there is when the principal part is replaced by its mean; degrees.';
comment on column group_value_scores.margin_kept_by_null_ci_low_deg is 'Lower end of the 95 % interval of margin_kept_by_null_deg (jackknife over ten blocks of images); degrees.';
comment on column group_value_scores.margin_kept_by_null_ci_high_deg is 'Upper end of it; degrees.';
comment on column group_value_scores.feature_share is 'Share of what sets this value''s mean feature off from the mean of all that lies in the null space, 0 to 1.';
comment on column group_value_scores.feature_share_ci_low is 'Lower end of its 95 % interval (jackknife over ten blocks of images).';
comment on column group_value_scores.feature_share_ci_high is 'Upper end of it.';
comment on column group_value_scores.margin_without_null_deg is 'The margin that is left when the null part is replaced by its mean: what the head''s own part of the feature tells; degrees.';
comment on column group_value_scores.margin_without_null_ci_low_deg is 'Lower end of its 95 % interval (jackknife over ten blocks of images); degrees.';
comment on column group_value_scores.margin_without_null_ci_high_deg is 'Upper end of it; degrees.';
