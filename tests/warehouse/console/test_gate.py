"""The gate of the SQL console, and the sandbox behind it: each stops what it is for by itself."""

import duckdb
import pytest

from tests.warehouse.console.attacks import FILES, OTHERS, lines
from warehouse.console import gate
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
    "describe runs": 10,
    "describe latest.runs": 10,
    "describe select 1 as a": 1,
    "summarize runs": 10,
    "show runs": 10,
    "show tables": 43,
    "show tables from latest": 39,
}  # fmt: skip


@pytest.mark.parametrize(("sql", "rows"), GOOD.items())
def test_the_gate_lets_questions_pass(sandbox, sql, rows):
    gate.check(sql, sandbox)

    assert len(sandbox.sql(sql).fetchall()) == rows
