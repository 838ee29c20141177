-- Places of pictures on a map of the space: as the space sees them, and as each model's features say.
--
-- Grain:  one row a run, model, image and side; the space's own places have no model.
-- Key:    run_id, model, image_id, side
-- Units:  none; the landmarks' furthest coordinate is 1.
-- Source: beyond the paper; sing_core/geometry/picture_map.py.
create table image_map (
    run_id   varchar not null,
    model    varchar,
    image_id varchar not null,
    side     varchar not null,
    x        double,
    y        double,
    method   varchar not null,
    cluster  integer
);

comment on table image_map is 'Places of pictures on a map of the space, of a sample of at most 100,000. One row a run, model, image and side.';
comment on column image_map.run_id is 'The run that made this row; see runs.';
comment on column image_map.model is 'The model whose features are translated; NULL of the space''s own embeddings.';
comment on column image_map.image_id is 'The picture; see images.';
comment on column image_map.side is 'picture (the space''s own embedding), original (T f) or equivalent (T f~, without the null part).';
comment on column image_map.x is 'Place on the map; NULL where the vector is zero.';
comment on column image_map.y is 'Place on the map; NULL where the vector is zero.';
comment on column image_map.method is 't-SNE of at most 3,000 landmarks, all others placed among the nearest of them; or PCA, where there are few pictures or scikit-learn is not installed.';
comment on column image_map.cluster is 'Cluster of the space''s own embedding, from 1, the largest: k-means among the landmarks'' directions, all others in the nearest. NULL of a zero vector, and at the sides of a model.';
