-- Each mapped picture by each model: where its translation lies with and without its null part, and
-- its cluster.
--
-- Grain: one row per run, model and picture that has both places. Units: those of the map.
create view map_places as
select a.run_id, a.model, a.image_id, a.x, a.y, b.x as equivalent_x, b.y as equivalent_y,
    p.cluster, a.method
from main.image_map a
join main.image_map b
    on b.run_id = a.run_id and b.model = a.model and b.image_id = a.image_id and b.side = 'equivalent'
left join main.image_map p
    on p.run_id = a.run_id and p.side = 'picture' and p.image_id = a.image_id
where a.side = 'original' and a.x is not null and b.x is not null;

comment on view map_places is 'Each mapped picture by each model: its places with and without its null part, and its cluster. One row a run, model and picture.';
comment on column map_places.x is 'Where T f lies on the map.';
comment on column map_places.y is 'Where T f lies on the map.';
comment on column map_places.equivalent_x is 'Where T f~ lies, without the null part.';
comment on column map_places.equivalent_y is 'Where T f~ lies, without the null part.';
comment on column map_places.cluster is 'Cluster of the space''s own embedding, as in image_map.';
