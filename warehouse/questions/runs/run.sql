-- What one run was asked and made with.
--
-- Grain: one row.
select run_id, study, status, started_at, finished_at, code_version, message, config_json,
    package_versions_json
from main.runs
where run_id = $run
