-- Where each image stands among those of its class, and how full its null space is.
--
-- Grain:  one row per run, model and image.
-- Key:    run_id, model, image_id
-- Units:  percentiles from 0 to 100.
-- Source: sing_core/scores/summaries.py; occupancy as in null-space outlier scores (NuSA).
create table image_ranks (
    run_id            varchar not null,
    model             varchar not null,
    image_id          varchar not null,
    abs_as_percentile double,
    is_percentile     double,
    energy_percentile double,
    is_outlier        boolean
);
comment on table image_ranks is 'Where each image stands among those of its class, and how full its null space is. One row per run, model and image.';
comment on column image_ranks.run_id is 'The run.';
comment on column image_ranks.model is 'The model.';
comment on column image_ranks.image_id is 'The image.';
comment on column image_ranks.abs_as_percentile is 'Percentile of its |AS| among images of its class.';
comment on column image_ranks.is_percentile is 'Percentile of its IS among images of its class.';
comment on column image_ranks.energy_percentile is 'Share of the pictures to fit on with no more null energy, in percent: 100 is more than any of them.';
comment on column image_ranks.is_outlier is 'Whether |AS| or IS is more than 3.5 robust standard deviations from its class''s median (classes of 10 images or more).';
