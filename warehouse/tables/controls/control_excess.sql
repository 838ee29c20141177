-- How many times a control's ratio IS / |AS| the model's is, all draws together.
--
-- Grain:  one row per run, model and kind of control.
-- Key:    run_id, model, kind
-- Units:  ratios.
-- Source: beyond the paper; sing_core/scores/control_intervals.py.
create table control_excess (
    run_id         varchar not null,
    model          varchar not null,
    kind           varchar not null,
    n              bigint not null,
    n_draws        integer not null,
    control_ratio  double,
    ratio_excess   double,
    excess_ci_low  double,
    excess_ci_high double
);
comment on table control_excess is 'How many times a control''s ratio IS / |AS| the model''s is, all draws together. One row per run, model and kind of control.';
comment on column control_excess.run_id is 'The run.';
comment on column control_excess.model is 'The model.';
comment on column control_excess.kind is 'The control, as in control_scores.';
comment on column control_excess.n is 'Images, each with all draws.';
comment on column control_excess.n_draws is 'Draws of the control.';
comment on column control_excess.control_ratio is 'Median IS / median |AS| of the control, geometric mean over its draws.';
comment on column control_excess.ratio_excess is 'The model''s ratio over the control''s, on the same images. Above 1 is healthier.';
comment on column control_excess.excess_ci_low is 'Lower end of its 95 % bootstrap interval, images and draws resampled.';
comment on column control_excess.excess_ci_high is 'Upper end of it. An interval around 1: not told from the control.';
