-- Every file that a run read or made.
--
-- Grain:  one row a run, file and model that it belongs to.
-- Key:    run_id, model, path
-- Units:  none.
-- Source: digests taken when the run used the file.
create table artifacts (
    run_id  varchar not null,
    kind    varchar not null,
    model   varchar,
    path    varchar not null,
    sha256  varchar not null
);

comment on table artifacts is 'Every file that a run read or made. One row a run and file.';
comment on column artifacts.run_id is 'The run that made this row; see runs.';
comment on column artifacts.kind is 'features, embeddings, head, translator, texts, or outside_features (of pictures of another kind).';
comment on column artifacts.model is 'The model it belongs to; NULL for files of the space.';
comment on column artifacts.path is 'Path below the data root; of shards that lie elsewhere, their path or address.';
comment on column artifacts.sha256 is 'SHA-256 of the file''s content.';
