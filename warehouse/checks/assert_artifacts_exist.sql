-- Every file of a run is in its place with the content that the run saw.
--
-- artifact_files is what the disk holds now: a path that is gone has a NULL digest.
-- A row returned here is a failure: results would refer to something else.
select a.run_id, a.path, a.sha256, f.sha256 as sha256_on_disk
from artifacts a
left join artifact_files f using (path)
where a.run_id in (from checked_runs) and a.sha256 is distinct from f.sha256;
