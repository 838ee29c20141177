-- Whether classes can be read from translated features as well as from the features: linear heads on principal features.
--
-- Grain:  one row per run and model.
-- Key:    run_id, model
-- Units:  shares from 0 to 1.
-- Source: SING, section 3.6 of the supplement.
create table translator_heads (
    run_id          varchar not null,
    model           varchar not null,
    n_fit           bigint not null,
    n_holdout       bigint not null,
    top1_principal  double,
    top1_translated double
);
comment on table translator_heads is 'Whether classes can be read from translated features as well as from the features: linear heads on principal features. One row per run and model.';
comment on column translator_heads.run_id is 'The run.';
comment on column translator_heads.model is 'The model.';
comment on column translator_heads.n_fit is 'Images that the heads were fitted on.';
comment on column translator_heads.n_holdout is 'Images that they were judged on.';
comment on column translator_heads.top1_principal is 'Held-out accuracy of a linear head (ridge regression on class indicators) on principal features.';
comment on column translator_heads.top1_translated is 'The same on translated principal features.';
