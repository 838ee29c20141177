-- Scores of each phrase within each class, over all its images.
--
-- Grain:  one row a run, model, class and concept.
-- Key:    run_id, model, class_index, concept_id
-- Units:  angles in degrees.
-- Source: SING, figure 5.
create table concept_scores (
    run_id                    varchar not null,
    model                     varchar not null,
    class_index               integer not null,
    concept_id                integer not null,
    n                         bigint not null,
    angle_original_mean_deg   double,
    angle_equivalent_mean_deg double,
    as_mean_deg               double,
    as_sd_deg                 double,
    as_ci_low_deg             double,
    as_ci_high_deg            double,
    control_as_mean_deg       double,
    p_value                   double,
    p_adjusted                double,
    common_as_mean_deg         double,
    common_ci_low_deg          double,
    common_ci_high_deg         double,
    control_common_as_mean_deg double,
    common_p_value             double,
    common_p_adjusted          double,
    own_as_mean_deg            double,
    own_ci_low_deg             double,
    own_ci_high_deg            double,
    control_own_as_mean_deg    double,
    own_p_value                double,
    own_p_adjusted             double,
    -- The threshold stands here and nowhere else; the Parquet files do not store what follows from it.
    differs_from_control        boolean generated always as (coalesce(p_adjusted < 0.05, false)) virtual,
    common_differs_from_control boolean generated always as (coalesce(common_p_adjusted < 0.05, false)) virtual,
    own_differs_from_control    boolean generated always as (coalesce(own_p_adjusted < 0.05, false)) virtual
);

comment on table concept_scores is 'Scores of each phrase within each class, over all its images. One row a run, model, class and concept.';
comment on column concept_scores.run_id is 'The run that made this row; see runs.';
comment on column concept_scores.model is 'The model''s id in the study.';
comment on column concept_scores.class_index is 'True class: a row of class_texts, and an index into the study''s classes from 0.';
comment on column concept_scores.concept_id is 'The phrase; see concepts.';
comment on column concept_scores.n is 'Images with defined angles.';
comment on column concept_scores.angle_original_mean_deg is 'Mean angle of the translated originals to the phrase.';
comment on column concept_scores.angle_equivalent_mean_deg is 'Mean angle of the translated equivalents.';
comment on column concept_scores.as_mean_deg is 'Mean AS for the phrase, signed.';
comment on column concept_scores.as_sd_deg is 'Standard deviation of AS (n - 1); NULL for one image.';
comment on column concept_scores.as_ci_low_deg is 'Lower end of the 95 % interval of as_mean_deg (Student''s t); degrees.';
comment on column concept_scores.as_ci_high_deg is 'Upper end of it; degrees.';
comment on column concept_scores.control_as_mean_deg is 'Mean AS of the control: a step as long as the null part, in a random direction; degrees.';
comment on column concept_scores.p_value is 'Of a paired t-test of AS against the control''s AS, on the same images.';
comment on column concept_scores.p_adjusted is 'The same, adjusted for all classes and phrases of the model (Benjamini-Hochberg).';
comment on column concept_scores.differs_from_control is 'Whether AS differs from the control''s: p_adjusted is below 0.05. False where it is NULL. Follows from it, and is not in the Parquet files.';
comment on column concept_scores.common_as_mean_deg is 'What all classes share of this phrase''s AS: the mean of the classes'' means, over classes of two images or more, each weighing alike; the same in every class''s row. NULL where there are fewer than two such classes.';
comment on column concept_scores.common_ci_low_deg is 'Lower end of the 95 % interval of common_as_mean_deg, for these classes (images vary, classes do not); degrees.';
comment on column concept_scores.common_ci_high_deg is 'Upper end of it; degrees.';
comment on column concept_scores.control_common_as_mean_deg is 'The common part of the control''s AS; degrees.';
comment on column concept_scores.common_p_value is 'Of a test of the common part against the control''s, on the same images (Welch''s t).';
comment on column concept_scores.common_p_adjusted is 'The same, adjusted for all phrases of the model (Benjamini-Hochberg).';
comment on column concept_scores.own_as_mean_deg is 'What this class alone moves by: as_mean_deg minus common_as_mean_deg. Read this one where classes are compared.';
comment on column concept_scores.own_ci_low_deg is 'Lower end of the 95 % interval of own_as_mean_deg (Welch''s t); NULL for one image; degrees.';
comment on column concept_scores.own_ci_high_deg is 'Upper end of it; degrees.';
comment on column concept_scores.control_own_as_mean_deg is 'The own part of the control''s AS; degrees.';
comment on column concept_scores.own_p_value is 'Of a test of the own part against the control''s, on the same images (Welch''s t).';
comment on column concept_scores.own_p_adjusted is 'The same, adjusted for all classes and phrases of the model (Benjamini-Hochberg).';
comment on column concept_scores.common_differs_from_control is 'Whether the common part differs from the control''s: common_p_adjusted is below 0.05. Follows from it, and is not in the Parquet files.';
comment on column concept_scores.own_differs_from_control is 'Whether the own part differs from the control''s: own_p_adjusted is below 0.05. Follows from it, and is not in the Parquet files.';
