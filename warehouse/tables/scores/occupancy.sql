-- Whether null energy tells pictures of another kind (out_of_distribution) from held-out ones.
--
-- Grain:  one row per run and model, of studies that name such pictures.
-- Key:    run_id, model
-- Units:  shares from 0 to 1.
-- Source: sing_core/scores/occupancy.py; null-space outlier scores as in NuSA.
create table occupancy (
    run_id                varchar not null,
    model                 varchar not null,
    n_in                  bigint not null,
    n_out                 bigint not null,
    energy_median_in      double,
    energy_median_out     double,
    auroc                 double,
    auroc_ci_low          double,
    auroc_ci_high         double,
    softmax_auroc         double,
    softmax_auroc_ci_low  double,
    softmax_auroc_ci_high double
);
comment on table occupancy is 'Whether null energy tells pictures of another kind (out_of_distribution) from held-out ones. One row per run and model, of studies that name such pictures.';
comment on column occupancy.run_id is 'The run.';
comment on column occupancy.model is 'The model.';
comment on column occupancy.n_in is 'Held-out pictures of the study (all, if none is held out).';
comment on column occupancy.n_out is 'Pictures of the other kind.';
comment on column occupancy.energy_median_in is 'Median null energy of the former.';
comment on column occupancy.energy_median_out is 'Median null energy of the latter.';
comment on column occupancy.auroc is 'Probability that one of the other kind has more null energy; 0.5 tells nothing.';
comment on column occupancy.auroc_ci_low is 'Lower end of its 95 % interval (DeLong).';
comment on column occupancy.auroc_ci_high is 'Upper end of it.';
comment on column occupancy.softmax_auroc is 'The same of the usual score, 1 - largest softmax probability: what null energy has to beat.';
comment on column occupancy.softmax_auroc_ci_low is 'Lower end of its 95 % interval.';
comment on column occupancy.softmax_auroc_ci_high is 'Upper end of it.';
