-- The classifiers of a run and what their heads can see.
--
-- Grain:  one row a run and model.
-- Key:    run_id, model
-- Units:  singular values in units of the weights.
-- Source: SING, equations 1 to 3; the rank rule is sing_core/geometry/rank_rules.py.
create table models (
    run_id              varchar not null,
    model               varchar not null,
    architecture        varchar not null,
    weights_sha256      varchar not null,
    n_features          integer not null,
    n_classes           integer not null,
    storage_dtype       varchar not null,
    rank                integer not null,
    null_dim            integer not null,
    sigma_max           double not null,
    sigma_rank          double not null,
    sigma_next          double not null,
    null_mode           varchar not null,
    sigma_cutoff        double not null,
    sigma_gap           double,
    orthonormality      double not null,
    null_leak           double not null,
    logit_proof_max_abs double,
    message             varchar,
    scored              boolean not null,
    null_rule           varchar,
    null_classes        varchar,
    weights_entry       varchar,
    preprocessing       varchar,
    precision           varchar,
    precision_angle_deg double
);

comment on table models is 'The classifiers of a run and what their heads can see. One row a run and model.';
comment on column models.run_id is 'The run that made this row; see runs.';
comment on column models.model is 'The model''s id in the study.';
comment on column models.architecture is 'timm''s name of the architecture, with the tag of pretrained weights; arrays where a model is given as such.';
comment on column models.weights_sha256 is 'Digest of all weights: names, types, shapes and values; of the head''s alone where a model is given as arrays.';
comment on column models.n_features is 'Penultimate features: inputs of the last linear layer.';
comment on column models.n_classes is 'Outputs of the last linear layer; 2 for a single logit, whose sign tells two classes: class 1 where it is positive, class 0 elsewhere.';
comment on column models.storage_dtype is 'Precision that the head''s weights really have, also if the file stores more.';
comment on column models.rank is 'Directions of feature space that move some logit.';
comment on column models.null_dim is 'Directions that move none: n_features - rank.';
comment on column models.sigma_max is 'Largest singular value of the head''s weight.';
comment on column models.sigma_rank is 'Smallest singular value that counts.';
comment on column models.sigma_next is 'Largest singular value that does not count; 0 where there are more features than classes and all count.';
comment on column models.null_mode is 'What the null space moves: exact (no logit), softmax (no probability), approx (logits, but little), classes (no logit of the chosen classes).';
comment on column models.sigma_cutoff is 'Singular values at or below it do not count.';
comment on column models.sigma_gap is 'sigma_rank / sigma_next; NULL where sigma_next is 0. Below 10 the rank is uncertain.';
comment on column models.orthonormality is 'Largest entry of |V''V - I| of the bases.';
comment on column models.null_leak is '||W Vn|| / ||W||: what the head still sees of its null space.';
comment on column models.logit_proof_max_abs is 'Largest |W f + b - logits| on real pictures when the model was loaded; NULL for a separate head, and for arrays.';
comment on column models.message is 'Why the model was not scored, or a warning about its null space; NULL if nothing.';
comment on column models.scored is 'Whether the model has scores in this run.';
comment on column models.null_rule is 'Where the singular values are cut, in words.';
comment on column models.null_classes is 'Where null_mode is classes: their places among the head''s outputs, from 0; NULL otherwise.';
comment on column models.weights_entry is 'Which set of weights of a training checkpoint was used: its entry and what stood before all names (state_dict_ema is an average over training); NULL where the file holds no other, for pretrained weights, and in runs of before this column.';
comment on column models.preprocessing is 'From an RGB picture to the model''s input, in words; arrays where a model is given as such, NULL in runs of before this column.';
comment on column models.precision is 'What its features were computed in: float32, tf32, float16 or bfloat16; NULL in runs of before this column.';
comment on column models.precision_angle_deg is 'Largest angle, in degrees, by which that turned the features of the study''s pictures it was measured on; NULL of float32.';
