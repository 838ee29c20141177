"""The SQL console: what it answers, and what it survives."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from warehouse import console
from warehouse.layout import DataRoot
from warehouse.read import QueryError, Warehouse

HERE = str(Path(console.__file__).parents[2])


@pytest.mark.parametrize("sql", ["from latest.image_scores", "describe runs", "show tables"])
def test_an_answer_is_that_of_the_read_side(root, sql):
    answer = console.ask(root, sql)

    assert answer.table == Warehouse(root).query(sql)
    assert not answer.more
    assert 0 < answer.seconds < 20


@pytest.mark.parametrize(("there", "more"), [(4, False), (5, False), (6, True)])
def test_the_first_rows_come_in_their_order_and_the_rest_is_told(root, there, more):
    answer = console.ask(root, f"from range({there}) t(i) order by i desc", rows=5)

    assert answer.table["i"].to_pylist() == list(range(there))[::-1][:5]
    assert answer.more is more


@pytest.mark.parametrize(
    ("bomb", "why"),
    [
        ("with recursive t as (select 1 as i union all select i + 1 from t) select max(i) from t",
         "stopped after 1.5 seconds"),
        ("select sum(a.range * b.range) from range(1000000) a, range(1000000) b",
         "stopped after 1.5 seconds"),
        ("select list(i) from range(1000000000) t(i)", "512 MB|stopped"),
        ("select max(repeat('x', 400000000 + i::bigint)) from range(100) t(i)", "512 MB|stopped"),
        ("select printf('%2000000000d', 1)", "512 MB|stopped"),
        ("select repeat('x', 1000000) from range(100)", "32 MB"),
        ("select (case when i = 9000 then 'x' else '1' end)::int as x from range(9500) t(i)",
         "Could not convert string 'x'"),
        ("select foo from runs", 'column "foo" not found'),
        ("select 1 +", "syntax error"),
        ("select getenv('HOME')", "function 'getenv' is not known here or not allowed"),
        ("from rums", "no published table 'rums'; did you mean 'runs'?"),
    ],
)  # fmt: skip
def test_too_much_or_wrong_ends_in_a_sentence(root, is_a_sentence, bomb, why):
    before = set(psutil.Process().children())  # other tests of this process may have some
    started = time.monotonic()

    with pytest.raises(QueryError, match=why.replace("?", r"\?")) as stopped:
        console.ask(root, bomb, seconds=1.5)

    assert is_a_sentence(str(stopped.value), root)
    assert time.monotonic() - started < 60  # some of these would take hours
    assert set(psutil.Process().children()) <= before


@pytest.mark.parametrize("first", [0, 9000])
def test_a_number_of_more_than_64_bits_is_answered_digit_by_digit(root, first):
    wide = f"select (case when i = {first} then 1::hugeint << 100 end) as x from range(9500) t(i)"

    answer = console.ask(root, wide)

    assert answer.table["x"][first].as_py() == str(2**100)
    assert answer.table["x"].null_count == 9499
    assert answer.table == Warehouse(root).query(wide)


def test_nothing_published_is_said(tmp_path):
    with pytest.raises(QueryError, match="no results are published yet") as refused:
        console.ask(DataRoot(tmp_path), "from runs")

    assert str(tmp_path) not in str(refused.value)


def test_what_is_damaged_is_told_with_the_way_to_mend_it(root, tmp_path):
    copy = DataRoot(tmp_path / "data")
    shutil.copytree(root.path, copy.path)
    path, sql, told = copy.published / "gen-1.duckdb", "from image_scores order by all", []
    content, right = path.read_bytes(), Warehouse(root).query(sql)
    # Blocks of 256 KiB behind three headers: in each, something is changed.
    for block in range(12288 + 4096, len(content), 262144):
        path.write_bytes(content[:block] + b"\0\x01" * 2048 + content[block + 4096 :])
        try:
            assert console.ask(copy, sql).table == right
        except QueryError as error:
            told.append(str(error))

    assert told
    assert set(told) <= {
        "the published results are damaged; `sing rebuild` makes them again",
        "the published results cannot be opened; `sing rebuild` makes them again",
    }


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_a_query_sees_no_environment_and_ends_with_the_one_that_asked(root, end):
    script = (
        "import sys; from pathlib import Path; from warehouse import console\n"
        "from warehouse.layout import DataRoot\n"
        "console.ask(DataRoot(Path(sys.argv[1])), 'with recursive t as (select 1 as i union all "
        "select i + 1 from t) select max(i) from t', seconds=float(sys.argv[2]))"
    )
    # Killed outright, the asker ends nothing: then the query ends by its own clock.
    seconds = "60" if end == signal.SIGINT else "1"
    asker = subprocess.Popen(
        [sys.executable, "-c", script, root.path, seconds],
        cwd=HERE, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    while not (queries := psutil.Process(asker.pid).children()):
        time.sleep(0.02)
    time.sleep(0.3)
    # The last is Python's own, where the locale is C.
    assert {*queries[0].environ()} <= {"PYTHONPATH", "OPENBLAS_NUM_THREADS", "LC_ALL", "LC_CTYPE"}
    asker.send_signal(end)
    asker.wait(10)

    deadline = time.monotonic() + 10
    while any(map(is_alive, queries)) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert not any(map(is_alive, queries))


def is_alive(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_query_waits_for_no_heavy_library():
    script = (
        "import sys, warehouse.console.__main__; "
        "print(*{'polars', 'torch', 'pandas'} & {*sys.modules})"
    )

    said = subprocess.run(
        [sys.executable, "-c", script], cwd=HERE, capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == ""
