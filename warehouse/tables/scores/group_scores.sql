-- Where in feature space a group of mutually exclusive texts is told apart.
--
-- Grain:  one row per run, model and group; the classes are the group "class".
-- Key:    run_id, model, concept_group
-- Units:  degrees where the name says so; shares from 0 to 1.
-- Source: beyond the paper; formulas in sing_core/scores/margins.py, shares.py and effects.py, tested in docs/validation.md.
create table group_scores (
    run_id                          varchar not null,
    model                           varchar not null,
    concept_group                   varchar not null,
    n                               bigint  not null,
    n_values                        bigint  not null,
    labels                          varchar not null,
    margin_deg                      double,
    margin_lost_deg                 double,
    margin_kept_by_null_deg         double,
    between_value_share             double,
    share_ci_low                    double,
    share_ci_high                   double,
    control_share                   double,
    feature_share                   double,
    margin_ci_low_deg               double,
    margin_ci_high_deg              double,
    margin_lost_ci_low_deg          double,
    margin_lost_ci_high_deg         double,
    margin_kept_by_null_ci_low_deg  double,
    margin_kept_by_null_ci_high_deg double,
    control_lost_deg                double,
    control_kept_deg                double,
    feature_share_ci_low            double,
    feature_share_ci_high           double,
    feature_control_share           double,
    margin_without_null_deg         double,
    margin_without_null_ci_low_deg  double,
    margin_without_null_ci_high_deg double,
    effect_share                    double,
    effect_share_ci_low             double,
    effect_share_ci_high            double,
    effect_share_translated         double,
    effect_share_translated_ci_low  double,
    effect_share_translated_ci_high double,
    effect_n                        bigint,
    effect_n_equal                  bigint,
    effect_n_paired                 bigint
);
comment on table group_scores is 'Where in feature space a group of mutually exclusive texts is told apart.';
comment on column group_scores.run_id is 'The run.';
comment on column group_scores.model is 'The model.';
comment on column group_scores.concept_group is 'The group, as in concepts; class is the study''s classes.';
comment on column group_scores.n is 'Images behind the margins.';
comment on column group_scores.n_values is 'Texts of the group.';
comment on column group_scores.labels is 'How it is known which text is an image''s own: given, or zero-shot (the nearest in the space).';
comment on column group_scores.margin_deg is 'Mean over images of the mean angle to the other texts minus that to the own one, translated; degrees, positive is right.';
comment on column group_scores.margin_lost_deg is 'How much of it goes when the null part is replaced by its mean; degrees.';
comment on column group_scores.margin_kept_by_null_deg is 'How much there is when the principal part is replaced by its mean; degrees.';
comment on column group_scores.between_value_share is 'Share of the values'' differences that lies in the null part, 0 to 1. High: the head does not see what tells the values apart.';
comment on column group_scores.share_ci_low is 'Lower end of its 95 % interval (jackknife over ten blocks of images).';
comment on column group_scores.share_ci_high is 'Upper end of it.';
comment on column group_scores.control_share is 'Share of a random subspace of the null space''s dimension, by the expected squares of its parts. Under it: the head sees the group more than chance has it.';
comment on column group_scores.feature_share is 'The same share of the features themselves, without translation and texts, 0 to 1.';
comment on column group_scores.margin_ci_low_deg is 'Lower end of the 95 % interval of margin_deg (jackknife over ten blocks of images); degrees.';
comment on column group_scores.margin_ci_high_deg is 'Upper end of it; degrees.';
comment on column group_scores.margin_lost_ci_low_deg is 'Lower end of the 95 % interval of margin_lost_deg (jackknife over ten blocks of images); degrees.';
comment on column group_scores.margin_lost_ci_high_deg is 'Upper end of it; degrees.';
comment on column group_scores.margin_kept_by_null_ci_low_deg is 'Lower end of the 95 % interval of margin_kept_by_null_deg (jackknife over ten blocks of images); degrees.';
comment on column group_scores.margin_kept_by_null_ci_high_deg is 'Upper end of it; degrees.';
comment on column group_scores.control_lost_deg is 'The margin lost with a random subspace of the null space''s dimension, on a fifth of the images; degrees.';
comment on column group_scores.control_kept_deg is 'The margin kept by that random subspace; degrees.';
comment on column group_scores.feature_share_ci_low is 'Lower end of the 95 % interval of feature_share (jackknife over ten blocks of images).';
comment on column group_scores.feature_share_ci_high is 'Upper end of it.';
comment on column group_scores.feature_control_share is 'Expected feature_share of a random subspace: the null space''s share of the dimensions.';
comment on column group_scores.margin_without_null_deg is 'The margin that is left when the null part is replaced by its mean: what the head''s own part of the feature tells; degrees.';
comment on column group_scores.margin_without_null_ci_low_deg is 'Lower end of its 95 % interval (jackknife over ten blocks of images); degrees.';
comment on column group_scores.margin_without_null_ci_high_deg is 'Upper end of it; degrees.';
comment on column group_scores.effect_share is 'Of what changes in the features when the value of this group alone changes, the other groups being equal: the share that lies in the null space, 0 to 1. High: the head does not see it.';
comment on column group_scores.effect_share_ci_low is 'Lower end of its 95 % interval (jackknife over ten blocks of images).';
comment on column group_scores.effect_share_ci_high is 'Upper end of it.';
comment on column group_scores.effect_share_translated is 'The same of the translations of both parts.';
comment on column group_scores.effect_share_translated_ci_low is 'Lower end of its 95 % interval (jackknife over ten blocks of images).';
comment on column group_scores.effect_share_translated_ci_high is 'Upper end of it.';
comment on column group_scores.effect_n is 'Images that effects were fitted on: at most 20,000, evenly over the classes.';
comment on column group_scores.effect_n_equal is 'Other groups that were held equal; not those that tell this one''s value, nor the largest beyond 512 values.';
comment on column group_scores.effect_n_paired is 'How many of these may change the effect by their values.';
