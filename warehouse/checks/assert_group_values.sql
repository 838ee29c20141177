-- The images of a group's values are the images of the group.
--
-- A row returned here is a failure: a value is missing or counted twice.
-- Runs of analysis versions 1 and 2 were made before values had rows.
with
valued as (
    select run_id, model, concept_group, sum(n) as n
    from group_value_scores
    where run_id in (from checked_runs)
    group by all
)
select g.run_id, g.model, g.concept_group, g.n, v.n as n_of_values
from group_scores g
join runs r using (run_id)
left join valued v using (run_id, model, concept_group)
where g.run_id in (from checked_runs)
  and not regexp_matches(r.code_version, 'analysis [12]\)')
  and coalesce(v.n, 0) <> g.n;
