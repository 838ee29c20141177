-- No two rows of a table have the same key.
--
-- One query a table: {table} is its name, {key} the columns that its file names as the key. NULLs count
-- as equal, as "group by" has them: two files of no model at one path are the same file twice.
-- A row returned here is a failure: something was stored twice.
-- Only rows whose hash stands twice, if any, are compared by their key: with 20 million rows and a key of
-- four columns this takes 0.7 of the time of grouping by the key itself.
with
doubtful as (
    select hash({key}) as hash
    from {table}
    where run_id in (from checked_runs)
    group by hash
    having count(*) > 1
)
select '{table}' as table_name, {key}, count(*) as n_rows
from {table}
where run_id in (from checked_runs) and hash({key}) in (from doubtful)
group by {key}
having count(*) > 1;
