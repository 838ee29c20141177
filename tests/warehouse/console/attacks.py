"""Queries that the console must refuse, one a line."""

#: Each reads, writes or fetches a file; ``@`` is the folder outside.
FILES = """
from '@/secret.csv'
select * from "@/secret.csv"
select * from ('@/secret.csv')
select * from '@/secret.parquet'
select * from '@/secret.json'
select * from '@/*.csv'
select * from read_csv('@/secret.csv')
select * from READ_CSV_AUTO('@/secret.csv')
select * from "read_csv"('@/secret.csv')
select * from system.main.read_csv('@/secret.csv')
select * from/**/read_csv/**/('@/secret.csv')
select * from read_text('@/secret.csv')
select * from read_blob('@/secret.csv')
select * from read_json('@/secret.json')
select * from read_json_objects('@/secret.json')
select * from read_parquet('@/secret.parquet')
select * from parquet_metadata('@/secret.parquet')
select * from parquet_schema('@/secret.parquet')
select * from read_duckdb('@/other.duckdb', table_name := 't')
select * from sniff_csv('@/secret.csv')
select * from glob('/etc/*')
select * from query('from ''@/secret.csv''')
select * from query_table('@/secret.csv')
select (select a from '@/secret.csv')
select 1 where exists (from '@/secret.csv')
with x as (from '@/secret.csv') from x
with x as (with y as (from '@/secret.csv') from y) from x
with "@/secret.csv" as (from "@/secret.csv") from "@/secret.csv"
select * from (with "@/secret.csv" as (select 1) select 1), "@/secret.csv"
with recursive "@/secret.csv" as (from "@/secret.csv" union all select 2) from "@/secret.csv"
from runs, lateral (from '@/secret.csv')
select 1 union all from '@/secret.csv'
from runs order by (select a from '@/secret.csv')
from runs limit (select a from '@/secret.csv')
select list_transform([1], lambda x: (select a from '@/secret.csv'))
pivot '@/secret.csv' on a in (1) using count(*)
describe '@/secret.csv'
summarize '@/secret.csv'
from (summarize '@/secret.csv')
copy runs to '@/stolen.csv'
copy (select 1) to '@/stolen.parquet' (format parquet)
copy runs from '@/secret.csv'
export database '@/stolen'
import database '@/stolen'
attach '@/other.duckdb' as other
attach '@/new.duckdb'
install httpfs
load httpfs
load '@/evil.duckdb_extension'
from 'http://127.0.0.1:9/x.csv'
from read_csv('https://127.0.0.1:9/x.csv')
from 's3://bucket/x.parquet'
attach 'https://127.0.0.1:9/x.duckdb' as other
create table x as from '@/secret.csv'
select 1; from '@/secret.csv'
"""

#: Each reads of the engine or the machine, or would change something, or is no query.
OTHERS = r"""
detach gen
use latest
set threads = 8
set enable_external_access = true
reset memory_limit
pragma version
pragma database_list
pragma enable_profiling
call pragma_version()
call enable_logging()
explain select 1
explain analyze from runs
create secret s (type s3, key_id 'a', secret 'b')
select * from duckdb_secrets()
select * from duckdb_settings()
from duckdb_settings
with duckdb_settings as (from duckdb_settings) from duckdb_settings
from duckdb_tables
from sqlite_master
from pg_catalog.pg_class
from information_schema.tables
from system.information_schema.tables
from temp.runs
from system.main.duckdb_settings
from "gen-1".main.runs
from latest.secrets
from pragma_database_size()
from pragma_storage_info('runs')
from duckdb_functions()
from which_secret('x', 's3')
from test_all_types()
from json_execute_serialized_sql('{}')
from repeat_row(1, num_rows := 3)
from histogram(runs, run_id)
select getenv('HOME')
select 'HOME'.getenv()
select "getenv"('HOME')
select GETENV('HOME')
select system.main.getenv('HOME')
select current_setting('threads')
select getvariable('x')
select list_transform(['threads'], lambda x: current_setting(x))
select count(*) over (order by current_setting('threads')) from runs
select * replace (current_setting('threads') as study) from runs
select write_log('x')
select nextval('s')
select sleep_ms(100000)
select pg_sleep(100)
select get_block_size('gen-1')
select version()
select current_query()
select json_serialize_sql('select 1')
select json_serialize_plan('from ''/etc/hosts''')
select json_deserialize_sql('{}')
select no_such_function(1)
prepare q as select 1
execute q
deallocate q
select ?
select $1
select $name
create temp table t as select 1
create macro m(x) as x
create temp view v as select 1
create type e as enum ('a')
create sequence s
insert into runs select * from runs
update runs set study = 'x'
delete from runs
truncate runs
drop table runs
drop schema latest cascade
alter table runs add column x integer
comment on table runs is 'x'
with x as (insert into runs from runs returning *) from x
with x as (delete from runs returning *) from x
with x as (update runs set study = 'x' returning *) from x
merge into runs using runs as r using (run_id) when matched then delete
checkpoint
force checkpoint
vacuum
analyze
begin transaction
show databases
show schemas
show all tables
show variables
show tables from information_schema
show nothing
select 1; select 2
select 1; drop table runs
select 1 /* ; */ ; -- x\nselect 2
select 1 -- x\n; select 2
from rums
from RUNſ
from Kruns
from runs.x
selеct 1
select
;
-- only a comment
/* only a comment */
pivot runs on status using count(*)
"""


def lines(text: str) -> list[str]:
    return [line.replace("\\n", "\n") for line in text.strip().splitlines()]
