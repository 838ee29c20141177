-- No NaN and no infinity anywhere: what could not be computed is NULL.
--
-- One query a table: {table} is its name, {key} the columns of its key, {undefined} the name of the
-- first column of a row that is neither finite nor NULL.
-- A row returned here is a failure: NaN sorts above every number and poisons every mean.
select '{table}' as table_name, {key}, {undefined} as column_name
from {table}
where run_id in (from checked_runs) and {undefined} is not null;
