"""Prefect's own database, made by Prefect, after old history is removed from it."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import pytest

from flows.prefect_history import InUseError, forget
from tests.support.made import copied
from tests.support.stored import stored
from warehouse import ledger

#: A server on the root's own database, asked through its API as Prefect's pages ask.
ASK = """
import json, sys
from pathlib import Path
from flows import prefect_settings
from warehouse.layout import DataRoot

prefect_settings.prepare(DataRoot(Path(sys.argv[1])), log_level="CRITICAL")
from prefect.client.orchestration import get_client

with get_client(sync_client=True) as client:
    def count(what):
        return len(client._client.post(f"/{what}/filter", json={}).json())
    kinds = ("flow_runs", "task_runs", "artifacts", "artifacts/latest")
    print(json.dumps({kind: count(kind) for kind in kinds}), flush=True)
    sys.stdin.readline()
"""


def asking(made):
    return subprocess.Popen(
        [sys.executable, "-c", ASK, made.root.path],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def twice(ran_twice, tmp_path):
    """A copy of a world after two runs by Prefect, and Prefect's database there."""
    before, said = ran_twice
    assert [ran.returncode for ran in said] == [0, 0]
    made = copied(before, tmp_path / "twice")
    return made, made.root.path / "prefect" / "prefect.db"


def age(database, days, which="true"):
    """Have some flow runs been earlier than they were."""
    with closing(sqlite3.connect(database)) as connection, connection:
        for name in ("start_time", "end_time", "created"):
            moved = f"strftime('%Y-%m-%d %H:%M:%f000', {name}, '-{days} days')"
            connection.execute(f"update flow_run set {name} = {moved} where {which}")


def rows(database, table):
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(f"select count(*) from {table}").fetchone()[0]


def test_old_flow_runs_go_but_for_those_that_made_a_run_that_stays(twice, gc):
    made, database = twice
    first = "start_time = (select min(start_time) from flow_run)"
    assert rows(database, "flow_run") == 2
    tasks = rows(database, "task_run")
    # Both a month ago, as their run was.
    age(database, 30)
    (entry,) = ledger.load_all(made.root)
    with closing(sqlite3.connect(database)) as connection:
        ((end,),) = connection.execute(f"select end_time from flow_run where {first}").fetchall()
    ledger.save(made.root, replace(entry, finished_at=datetime.fromisoformat(end)))
    state = stored(made)

    told = gc(made, "--dry-run")["bytes"]["prefect_history"]

    assert stored(made) == state
    assert gc(made)["bytes"]["prefect_history"] == told
    assert rows(database, "flow_run") == 1
    assert 0 < rows(database, "task_run") < tasks
    for table, parent in (("task_run_state", "task_run"), ("flow_run_state", "flow_run")):
        orphans = f"{table} where {parent}_id not in (select id from {parent})"
        assert rows(database, orphans) == 0
    # The artifact's newest version was the second flow run's; now it is the first's.
    with asking(made) as server:
        seen = json.loads(server.stdout.readline())
        server.communicate("\n")
    assert seen.pop("task_runs") == rows(database, "task_run")
    assert seen == {"flow_runs": 1, "artifacts": 1, "artifacts/latest": 1}

    ledger.save(made.root, entry)
    gc(made)
    assert rows(database, "flow_run") == rows(database, "artifact_collection") == 0


def test_a_server_that_runs_keeps_its_history(twice, gc):
    made, database = twice
    age(database, 30)
    with asking(made) as server:
        server.stdout.readline()
        for arguments in ((), ("--dry-run",)):
            assert "prefect_history" not in gc(made, *arguments)["bytes"]
        with pytest.raises(InUseError, match="a server is running on .*; stop it"):
            forget(made.root, [])
        assert rows(database, "flow_run") == 2
        server.communicate("\n")

    assert gc(made)["bytes"]["prefect_history"] > 0
    assert rows(database, "flow_run") == 0


def test_another_kind_of_database_is_left_alone(made, gc):
    home = made.root.path / "prefect"
    home.mkdir()
    with closing(sqlite3.connect(home / "prefect.db")) as connection, connection:
        connection.execute("create table flow_run (id)")
        connection.execute("insert into flow_run values (1)")

    assert "prefect_history" not in gc(made)["bytes"]

    assert rows(home / "prefect.db", "flow_run") == 1
