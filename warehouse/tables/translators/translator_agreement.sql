-- Whether models keep their order when their principal features are translated.
--
-- Grain:  one row per run.
-- Key:    run_id
-- Units:  correlation from -1 to 1.
-- Source: SING, section 3.6 of the supplement (there 0.972 over 13 models).
create table translator_agreement (
    run_id   varchar not null,
    n_models bigint not null,
    pearson  double,
    p_value  double
);
comment on table translator_agreement is 'Whether models keep their order when their principal features are translated. One row per run.';
comment on column translator_agreement.run_id is 'The run.';
comment on column translator_agreement.n_models is 'Models.';
comment on column translator_agreement.pearson is 'Pearson correlation over models of top1_principal and top1_translated of translator_heads; NULL for fewer than three.';
comment on column translator_agreement.p_value is 'Its two-sided p-value.';
