-- Numbers that might say where an attribute lies, made without any counterfactual.
--
-- Grain:  one row per run, model, attribute and score; made worlds only, written by `sing validate`.
-- Key:    run_id, model, attribute, score
-- Units:  those of the score, see docs/validation.md.
-- Source: beyond the paper.
create table candidate_scores (
    run_id    varchar not null,
    model     varchar not null,
    attribute varchar not null,
    score     varchar not null,
    value     double
);
comment on table candidate_scores is 'Numbers that might say where an attribute lies, made without any counterfactual; made worlds only.';
comment on column candidate_scores.run_id is 'The run.';
comment on column candidate_scores.model is 'The model.';
comment on column candidate_scores.attribute is 'The attribute: the concept group of the same name.';
comment on column candidate_scores.score is 'Which number; docs/validation.md defines each.';
comment on column candidate_scores.value is 'The number.';
