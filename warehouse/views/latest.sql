-- A table's rows of the newest finished run of each study.
--
-- One view a table: {table} is its name, {source} the query or view that lists the newest runs.
create view latest.{table} as
select * from main.{table} where run_id in (select run_id from {source});
comment on view latest.{table} is 'Rows of main.{table} of the newest finished run of each study.';
