-- Every execution of a study: what was asked, when, with which versions.
--
-- Grain:  one row a run.
-- Key:    run_id
-- Units:  times in UTC.
-- Source: the run's own record, runs/<run_id>/run.json.
create table runs (
    run_id                 varchar not null,
    study                  varchar not null,
    started_at             timestamp not null,
    finished_at            timestamp,
    status                 varchar not null,
    config_json            varchar not null,
    code_version           varchar not null,
    package_versions_json  varchar not null,
    message                varchar,
    serial                 bigint
);

comment on table runs is 'Every execution of a study: what was asked, when, with which versions. One row a run.';
comment on column runs.run_id is 'Study name and a digest of everything the results depend on.';
comment on column runs.study is 'Name of the study.';
comment on column runs.started_at is 'When the run began, UTC.';
comment on column runs.finished_at is 'When its results were complete, or it failed, UTC; NULL while it is unfinished.';
comment on column runs.status is 'finished, failed, or unfinished (running, or interrupted: the same command resumes it).';
comment on column runs.config_json is 'The whole study with defaults filled in, as JSON.';
comment on column runs.code_version is 'Version of this package and of its numerical methods.';
comment on column runs.package_versions_json is 'Versions of the packages that the numbers depend on, as JSON.';
comment on column runs.message is 'Why it failed, or what a reader of the results should know; NULL if nothing.';
comment on column runs.serial is 'Its place in the order in which runs finished, from 1, whatever the clock said; NULL while it has not.';
