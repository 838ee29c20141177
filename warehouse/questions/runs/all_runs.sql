-- Every run of the published ledger, as its record has it: finished ones in their order, then others.
select
    run_id, study, started_at, finished_at, status, config_json, code_version,
    package_versions_json, message, serial
from runs
order by serial nulls last, finished_at nulls last, started_at, run_id
