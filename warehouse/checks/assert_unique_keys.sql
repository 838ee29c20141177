-- No two rows of a table have the same key.
--
-- One query a table: {table} is its name, {key} the columns that its file names as the key, {number} the last of
-- them if that is a whole number, else 0, and {group} the others. NULLs count as equal, as "group by" has them: two
-- files of no model at one path are the same file twice.
-- A row returned here is a failure: something was stored twice.
-- A group's numbers are marked in a set of 2,048 bits; only groups that have more rows than marks are compared by their
-- key. With 20 million rows and a key of four columns this takes a tenth of the time of grouping by the key itself.
with
doubtful as (
    select {group}
    from {table}
    where run_id in (from checked_runs)
    group by all
    having count(*) > bit_count(bitstring_agg(({number} & 2047)::integer, 0, 2047))
)
select '{table}' as table_name, {key}, count(*) as n_rows
from {table}
where run_id in (from checked_runs) and hash({group}) in (select hash({group}) from doubtful)
group by {key}
having count(*) > 1;
