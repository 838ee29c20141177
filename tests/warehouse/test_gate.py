"""The gate of the SQL console, and the sandbox behind it: each stops what it is for by itself."""

import duckdb
import pytest

from warehouse import gate, vocabulary
from warehouse.read import QueryError, Warehouse


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """Files beside the results, which nobody may read or write."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "secret.csv").write_text("a\n1\n")
    (folder / "secret.json").write_text('[{"a": 1}]')
    with duckdb.connect() as database:
        database.execute(f"copy (select 1 as a) to '{folder}/secret.parquet'")
    with duckdb.connect(str(folder / "other.duckdb")) as database:
        database.execute("create table t as select 1 as a")
    before = sorted(folder.iterdir())
    yield folder
    assert sorted(folder.iterdir()) == before


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


def lines(text):
    return [line.replace("\\n", "\n") for line in text.strip().splitlines()]


@pytest.mark.parametrize("attack", [*lines(FILES), *lines(OTHERS)])
def test_the_gate_alone_refuses(sandbox, root, outside, is_a_sentence, attack):
    with pytest.raises(QueryError) as refused:
        gate.check(attack.replace("@", str(outside)), sandbox)

    assert is_a_sentence(str(refused.value), root)


@pytest.mark.parametrize("attack", lines(FILES))
def test_the_sandbox_alone_opens_no_file_and_no_connection(root, outside, attack):
    with (
        Warehouse(root).connect() as connection,
        pytest.raises(
            duckdb.Error, match="disabled by|disabled through|extension httpfs|permitted"
        ),
    ):
        connection.execute(attack.replace("@", str(outside)))


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("", "no query"),
        (" \n\t ", "no query"),
        ("select 1 -- " + "x" * 2**20, "at most 50,000"),
        ("select '\0'", "no text"),
        ("select '\ud800'", "no text"),
        ("select " + "(" * 20_000 + "1" + ")" * 20_000, "too deeply"),
        ("select 1 from (" * 3000 + "select 1" + ")" * 3000, "too deeply"),
        ("select " + "[" * 5000 + "]" * 5000, "too deeply"),
        ("select " + " + ".join("1" * 5000), "too deeply"),
    ],
)
def test_what_no_person_types_is_refused(sandbox, root, is_a_sentence, sql, why):
    with pytest.raises(QueryError, match=why) as refused:
        gate.check(sql, sandbox)

    assert is_a_sentence(str(refused.value), root)


GOOD = {
    "from runs": 2,
    "from latest.runs": 1,
    "FROM Latest.RUNS": 1,
    'from "main"."runs"; -- all': 2,
    "table runs": 2,
    "values (1, 'a'), (2, 'b')": 2,
    "select * exclude (config_json) from runs": 2,
    "select r.study, count(*) from runs r join image_scores using (run_id) group by all": 1,
    "from latest.image_scores where as_deg > 0 and is_deg between 1 and 5": 2,
    "select image_id, degrees(radians(as_deg)), round(abs(as_deg) / is_deg, 2) "
    "from latest.image_scores": 3,
    "select quantile_cont(as_deg, [0.1, 0.9]), median(as_deg), corr(as_deg, is_deg), "
    "count(*) filter (where as_deg > 0), percentile_cont(0.5) within group (order by as_deg) "
    "from image_scores": 1,
    "select list(as_deg order by as_deg), arg_max(image_id, as_deg), string_agg(image_id, ',') "
    "from image_scores group by model": 1,
    "from image_scores qualify row_number() over (partition by run_id order by as_deg desc) = 1": 2,
    "select avg(as_deg) over w, lag(as_deg) over w from image_scores "
    "window w as (order by as_deg rows between 1 preceding and current row)": 6,
    "with a as (from runs), b as (from a) select * from b where run_id in (select run_id from a)":
        2,
    "with runs as (select 7 as x) select * from runs, main.runs as r": 2,
    "with recursive t as (select 1 as i union all select i + 1 from t where i < 9) from t": 9,
    "select (select max(as_deg) from image_scores i where i.run_id = r.run_id) from runs r": 2,
    "from runs r, lateral (from image_scores i where i.run_id = r.run_id limit 1)": 2,
    "from range(3)": 3,
    "from generate_series(1, 4) t(i) where i % 2 = 0": 2,
    "select unnest([1, 2, 3]) as i": 3,
    "from unnest(['a', 'b']) t(x) select upper(x) || '!'": 2,
    "select [x + 1 for x in [1, 2] if x > 1], list_transform([1], lambda x: x), {'a': 1}.a": 1,
    "select regexp_extract('abc', 'b'), 'abc'[1:2], 'a' ilike 'A', '{\"a\":1}'::json->>'a'": 1,
    "select case when 1 = 1 then 2 end, coalesce(null, 3), try_cast('x' as int), greatest(1, 2)": 1,
    "select date '2026-01-01' + interval 1 day, date_trunc('month', current_date), now()": 1,
    "select array(select run_id from runs), exists (from runs), 1 in (select 1)": 1,
    "from runs union all by name from latest.runs": 3,
    "select run_id from runs except select run_id from latest.runs": 1,
    "select run_id, model, count(*) from image_scores group by rollup (run_id, model)": 5,
    "pivot image_scores on image_id in ('a', 'b') using avg(as_deg) group by run_id": 2,
    "select * from (unpivot image_scores on as_deg, is_deg)": 12,
    "select distinct on (run_id) run_id, image_id from image_scores order by all": 2,
    "select columns('.*_deg') from latest.image_scores order by all limit 2": 2,
    "select * from runs using sample 1 rows": 1,
    "from image_scores a asof join image_scores b using (run_id, as_deg)": 6,
    "describe runs": 9,
    "describe latest.runs": 9,
    "describe select 1 as a": 1,
    "summarize runs": 9,
    "show runs": 9,
    "show tables": 30,
    "show tables from latest": 30,
}  # fmt: skip


@pytest.mark.parametrize(("sql", "rows"), GOOD.items())
def test_the_gate_lets_questions_pass(sandbox, sql, rows):
    gate.check(sql, sandbox)

    assert len(sandbox.sql(sql).fetchall()) == rows


# Functions that read settings, variables, the environment, files or the state of the engine,
# that write, or that wait; in this version of DuckDB or in others.
@pytest.mark.parametrize(
    "name",
    [
        "current_setting", "getvariable", "getenv", "write_log", "nextval", "currval", "setval",
        "setseed", "sleep_ms", "pg_sleep", "stats", "error", "vector_type", "current_query",
        "current_query_id", "current_connection_id", "current_transaction_id", "txid_current",
        "current_database", "current_catalog", "current_schema", "current_schemas",
        "in_search_path", "json_serialize_plan", "json_serialize_sql", "json_deserialize_sql",
        "json_execute_serialized_sql", "index_key", "parse_duckdb_log_message", "version",
        "get_block_size", "pg_get_viewdef", "pg_get_constraintdef", "format_type", "read_text",
        "read_blob", "read_csv", "query", "query_table", "glob", "checkpoint", "duckdb_settings",
    ],
)  # fmt: skip
def test_functions_that_tell_of_more_than_their_arguments_are_refused(sandbox, name):
    assert name not in vocabulary.functions(sandbox)


def test_no_function_with_side_effects_is_allowed_but_dice(sandbox):
    volatile = sandbox.sql(
        "select function_name from duckdb_functions() where has_side_effects"
    ).fetchall()

    assert {name for (name,) in volatile} & vocabulary.functions(sandbox) == {
        "random", "uuid", "gen_random_uuid",
    }  # fmt: skip
