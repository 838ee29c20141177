-- How each candidate score ranks models' attributes against each counterfactual truth.
--
-- Grain:  one row per run, score, truth and model; model is NULL over all models together.
-- Key:    run_id, score, truth, model
-- Units:  Spearman correlations, -1 to 1.
-- Source: beyond the paper; docs/validation.md.
create table score_validation (
    run_id        varchar not null,
    score         varchar not null,
    truth         varchar not null,
    model         varchar,
    n             bigint  not null,
    spearman      double,
    ci_low        double,
    ci_high       double,
    shuffled_low  double,
    shuffled_high double
);
comment on table score_validation is 'How each candidate score ranks models'' attributes against each counterfactual truth; made worlds only.';
comment on column score_validation.run_id is 'The run.';
comment on column score_validation.score is 'The candidate score, as in candidate_scores; or (the truth of other scenes): how the truth of half of the scenes ranks that of the other half, which no score can be asked to better.';
comment on column score_validation.truth is 'The truth, from counterfactuals.';
comment on column score_validation.model is 'The model whose attributes are ranked; NULL: those of all models together.';
comment on column score_validation.n is 'Pairs of model and attribute.';
comment on column score_validation.spearman is 'Spearman rank correlation of score and truth, -1 to 1.';
comment on column score_validation.ci_low is 'Lower end of its 95 % bootstrap interval; models and attributes are resampled, each on its own.';
comment on column score_validation.ci_high is 'Upper end of it.';
comment on column score_validation.shuffled_low is 'Lower end of 95 % of the correlations of scores shuffled within their model: chance.';
comment on column score_validation.shuffled_high is 'Upper end of it.';
