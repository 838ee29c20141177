-- Heads that see more of the null space, or are blind to a group: what they name and see, before and after.
--
-- Grain:  one row per run, model and cure.
-- Key:    run_id, model, cure
-- Units:  shares of held-out pictures, 0 to 1; degrees and logits where the name says so.
-- Source: beyond the paper; docs/cure.md has the formulas, sing_core/geometry/cures.py the code.
create table cures (
    run_id                    varchar not null,
    model                     varchar not null,
    cure                      varchar not null,
    kind                      varchar not null,
    concept_group             varchar not null,
    is_own_head               boolean not null,
    rank                      double,
    strength                  double,
    scale                     double,
    n_fit                     bigint  not null,
    n_holdout                 bigint  not null,
    validation_before         double  not null,
    validation_after          double  not null,
    accuracy_before           double  not null,
    accuracy_before_ci_low    double  not null,
    accuracy_before_ci_high   double  not null,
    accuracy_after            double  not null,
    accuracy_after_ci_low     double  not null,
    accuracy_after_ci_high    double  not null,
    gain                      double  not null,
    gain_ci_low               double  not null,
    gain_ci_high              double  not null,
    flipped_share             double  not null,
    calibration_before        double  not null,
    calibration_after         double  not null,
    logit_move_mean           double  not null,
    logit_length_mean         double  not null,
    null_dim_before           bigint  not null,
    null_dim_after            bigint  not null,
    abs_as_before_deg         double,
    abs_as_after_deg          double,
    is_before_deg             double,
    is_after_deg              double,
    class_share_before        double,
    class_share_after         double,
    group_share_before        double,
    group_share_after         double,
    class_seen_before         double  not null,
    class_seen_after          double  not null,
    group_seen_before         double,
    group_seen_after          double,
    head_sha256               varchar
);

comment on table cures is 'Heads that were made to see more of the null space, or to be blind to a group, measured on held-out pictures. One row a run, model and cure.';
comment on column cures.run_id is 'The run that made this row; see runs.';
comment on column cures.model is 'The model whose head was changed.';
comment on column cures.cure is 'What was asked for: see class, or blind and the group.';
comment on column cures.kind is 'see or blind.';
comment on column cures.concept_group is 'The group: class, or what the head was made blind to.';
comment on column cures.is_own_head is 'Whether the head before is the model''s own; else, where that has not the study''s classes, a linear reader of them off what it sees.';
comment on column cures.rank is 'Of see: directions of the null space that the head sees now.';
comment on column cures.strength is 'Of see, the ridge of the covariance within classes, in units of the mean variance; of blind, the share of the change that was made.';
comment on column cures.scale is 'Of see: how much the null part''s log-likelihood counts in the logits.';
comment on column cures.n_fit is 'Pictures that it was fitted on, with those that it was chosen by.';
comment on column cures.n_holdout is 'Held-out pictures that it was measured on.';
comment on column cures.validation_before is 'Accuracy of the old head on the pictures that it was chosen by.';
comment on column cures.validation_after is 'Accuracy of the new head on them.';
comment on column cures.accuracy_before is 'Share of the held-out pictures that the old head names right.';
comment on column cures.accuracy_before_ci_low is 'Lower end of its 95 % interval (Wilson).';
comment on column cures.accuracy_before_ci_high is 'Upper end of it.';
comment on column cures.accuracy_after is 'Share of the held-out pictures that the new head names right.';
comment on column cures.accuracy_after_ci_low is 'Lower end of its 95 % interval (Wilson).';
comment on column cures.accuracy_after_ci_high is 'Upper end of it.';
comment on column cures.gain is 'Accuracy after minus before.';
comment on column cures.gain_ci_low is 'Lower end of its 95 % interval, over matched pictures (Agresti and Min).';
comment on column cures.gain_ci_high is 'Upper end of it.';
comment on column cures.flipped_share is 'Share of the held-out pictures that are named otherwise; see cure_flips.';
comment on column cures.calibration_before is 'Expected calibration error of the old head, 15 bins: how far it is from being as sure as it is right.';
comment on column cures.calibration_after is 'The same of the new head.';
comment on column cures.logit_move_mean is 'Mean length of the change of a picture''s logits; logits.';
comment on column cures.logit_length_mean is 'Mean length of the old logits about their mean, to hold it against; logits.';
comment on column cures.null_dim_before is 'Dimensions of the old head''s null space.';
comment on column cures.null_dim_after is 'Dimensions of the new head''s.';
comment on column cures.abs_as_before_deg is 'Median |AS| towards the class when the old head''s null part is removed; degrees.';
comment on column cures.abs_as_after_deg is 'The same of the new head''s null part; degrees.';
comment on column cures.is_before_deg is 'Median IS when the old head''s null part is removed; degrees.';
comment on column cures.is_after_deg is 'The same of the new head''s null part; degrees.';
comment on column cures.class_share_before is 'Share of what tells the classes apart that lies in the old head''s null space, as feature_share.';
comment on column cures.class_share_after is 'The same of the new head''s null space.';
comment on column cures.group_share_before is 'Share of what tells the group''s values apart that lies in the old head''s null space; NULL for see.';
comment on column cures.group_share_after is 'The same of the new head''s null space.';
comment on column cures.class_seen_before is 'Share of the held-out pictures whose class a linear reader names off the old logits.';
comment on column cures.class_seen_after is 'The same off the new logits.';
comment on column cures.group_seen_before is 'Share of the held-out pictures whose value of the group a linear reader names off the old logits; NULL for see.';
comment on column cures.group_seen_after is 'The same off the new logits: near chance where it is blind.';
comment on column cures.head_sha256 is 'Digest of the file that the new head was written to; NULL if it was refused for being worse.';
