-- Held-out pictures that a cured head names otherwise: those that are right now, then those that
-- were, then the rest.
--
-- Grain: one row per picture, at most $most. n: how many there are; became_right, became_wrong: of them.
select f.image_id, i.path, i.class_name, i.sha256, f.named_before, f.named_after,
    f.right_before, f.right_after, count(*) over () as n,
    sum(f.right_after::int) over () as became_right, sum(f.right_before::int) over () as became_wrong
from main.cure_flips f
join main.images i using (run_id, image_id)
where f.run_id = $run and f.model = $model and f.cure = $cure
order by f.right_after desc, f.right_before desc, f.image_id
limit $most
