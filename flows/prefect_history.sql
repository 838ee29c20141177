-- Forget flow runs that are over, older than the cutoff, and made no run that stays; with all that
-- hangs on them, as Prefect's own clean-up does (which the temporary servers never get to).
--
-- Given: temp table cutoff (at) and temp table staying (finished_at), times in UTC as Prefect writes
--        them. Foreign keys are on: task runs, states and inputs go with their flow run.
-- Source: the tables of Prefect 3.8's server (prefect/server/services/db_vacuum.py).
create temp table old as
select id from flow_run
where state_type not in ('SCHEDULED', 'PAUSED')
  and coalesce(end_time, start_time, created) < (select at from cutoff)
  and not exists (
      select 1 from staying
      where finished_at >= flow_run.start_time
        and finished_at <= coalesce(flow_run.end_time, finished_at)
  );

delete from log where flow_run_id in (select id from old);
delete from artifact where flow_run_id in (select id from old);
delete from flow_run where id in (select id from old);

-- An artifact's key names its newest version.
delete from artifact_collection
where not exists (select 1 from artifact where artifact.key = artifact_collection.key);
update artifact_collection
set (latest_id, task_run_id, flow_run_id, type, data, description, metadata_) = (
    select id, task_run_id, flow_run_id, type, data, description, metadata_ from artifact
    where artifact.key = artifact_collection.key
    order by created desc limit 1
)
where latest_id not in (select id from artifact);

delete from event_resources where occurred < (select at from cutoff);
delete from events where occurred < (select at from cutoff);
