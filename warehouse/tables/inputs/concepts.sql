-- The open vocabulary of a run.
--
-- Grain:  one row a run and concept.
-- Key:    run_id, concept_id
-- Units:  none.
-- Source: the study's concepts file.
create table concepts (
    run_id         varchar not null,
    concept_id     integer not null,
    phrase         varchar not null,
    concept_group  varchar
);

comment on table concepts is 'The open vocabulary of a run. One row a run and concept.';
comment on column concepts.run_id is 'The run that made this row; see runs.';
comment on column concepts.concept_id is 'Row of concept_texts, from 0.';
comment on column concepts.phrase is 'The phrase.';
comment on column concepts.concept_group is 'Its group in the concepts file; NULL if it has none.';
