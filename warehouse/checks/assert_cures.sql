-- What a cure gains is what its pictures say: of those that are named otherwise, how many more are
-- right now, and over all classes the same.
--
-- A row returned here is a failure: a head was measured on other pictures than it was told of.
-- Slack: 1e-9, rounding of shares in double precision.
with flips as (
    select run_id, model, cure, count(*) as n,
        sum(right_after::int) - sum(right_before::int) as more,
        count(*) filter (where named_before = named_after or (right_before and right_after)) as odd
    from cure_flips
    group by all
),
classes as (
    select run_id, model, cure, sum(n) as n, sum(n * (accuracy_after - accuracy_before)) as more
    from cure_classes
    group by all
)
select c.run_id, c.model, c.cure, c.gain, c.flipped_share, f.n as n_flips, f.more, k.more as of_classes
from cures c
left join flips f using (run_id, model, cure)
left join classes k using (run_id, model, cure)
where c.run_id in (from checked_runs)
    and (abs(c.gain - coalesce(f.more, 0) / c.n_holdout) > 1e-9
        or abs(c.gain - coalesce(k.more, 0) / c.n_holdout) > 1e-9
        or abs(c.flipped_share - coalesce(f.n, 0) / c.n_holdout) > 1e-9
        or coalesce(k.n, 0) <> c.n_holdout
        or coalesce(f.odd, 0) > 0
        or abs(c.gain - (c.accuracy_after - c.accuracy_before)) > 1e-9);
