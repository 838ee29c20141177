-- Whether two models leak about the same classes: rank correlation of their classes by median |AS|.
--
-- Grain:  one row per run and pair of models.
-- Key:    run_id, model_a, model_b
-- Units:  correlations from -1 to 1.
-- Source: SING, section 4.3 (figure 4).
create table class_order_correlations (
    run_id     varchar not null,
    model_a    varchar not null,
    model_b    varchar not null,
    n          bigint not null,
    spearman   double,
    p_value    double,
    p_adjusted double
);
comment on table class_order_correlations is 'Whether two models leak about the same classes: rank correlation of their classes by median |AS|. One row per run and pair of models.';
comment on column class_order_correlations.run_id is 'The run.';
comment on column class_order_correlations.model_a is 'The one model.';
comment on column class_order_correlations.model_b is 'The other.';
comment on column class_order_correlations.n is 'Classes that both have.';
comment on column class_order_correlations.spearman is 'Spearman correlation; NULL for fewer than three classes.';
comment on column class_order_correlations.p_value is 'Its two-sided p-value.';
comment on column class_order_correlations.p_adjusted is 'The same, adjusted for all pairs of the run (Benjamini-Hochberg).';
