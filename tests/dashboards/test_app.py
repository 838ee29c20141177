import shutil
from pathlib import Path

import duckdb
import pytest

from tests.dashboards.conftest import PAGES
from warehouse.layout import DataRoot
from warehouse.pointer import point_to

#: Charts and tables of each page over a full file, without clicking anything.
SHOWN = {
    "overview": (1, 0),
    "map": (2, 1),
    "compare": (1, 1),
    "models": (5, 2),
    "classes": (1, 1),
    "concepts": (3, 1),
    "image": (1, 1),
    "steering": (2, 1),
    "cure": (2, 1),
    "validation": (5, 7),
    "sql": (0, 1),
    "trends": (1, 1),
    "runs": (1, 5),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_full_file_fills_every_page(page, full, say, name):
    at = page(name, full)

    assert not at.exception
    n_charts, n_tables = SHOWN[name]
    assert len(at.get("vega_lite_chart")) == n_charts
    assert len(at.dataframe) == n_tables
    assert "older version" not in say(at)
    assert "not here" not in say(at)


@pytest.mark.parametrize("name", PAGES)
def test_what_could_not_be_computed_is_no_reason_to_fail(page, small, name):
    at = page(name, small)

    assert not at.exception
    assert at.header


@pytest.mark.parametrize("name", PAGES)
def test_without_results_a_page_says_which_command_makes_some(page, nothing, say, name):
    at = page(name, nothing)

    assert not at.exception
    assert "sing run STUDY" in say(at)
    assert "sing demo" in say(at)


@pytest.mark.parametrize("name", PAGES)
def test_an_older_file_is_told_as_such(page, older, say, name):
    at = page(name, older)

    assert not at.exception
    needs_new = name != "sql"
    assert ("older version" in say(at)) == needs_new
    if needs_new:
        assert "sing rebuild" in say(at)


def test_a_file_that_is_damaged_is_told_with_the_way_to_mend_it(page, full, say, tmp_path):
    shutil.copytree(full.path, tmp_path / "data")
    (tmp_path / "data" / "published" / "gen-1.duckdb").write_bytes(b"no database")

    at = page("models", DataRoot(tmp_path / "data"))

    assert not at.exception
    assert "sing rebuild" in say(at)
    assert "The results cannot be read" in say(at)
    assert "sing demo" not in say(at)


def test_what_is_newly_published_is_seen_without_a_restart(page, full, tmp_path):
    root = DataRoot(tmp_path / "data")
    shutil.copytree(full.path, root.path)
    at = page("runs", root)
    assert "study0-0009" not in at.dataframe[0].value["run_id"].to_list()

    shutil.copy(root.published / "gen-1.duckdb", root.published / "gen-2.duckdb")
    with duckdb.connect(str(root.published / "gen-2.duckdb")) as database:
        database.execute(
            "insert into main.runs select * replace ('study0-0009' as run_id, "
            "'2026-02-01'::timestamp as finished_at) from main.runs limit 1"
        )
    point_to(root, root.published / "gen-2.duckdb")
    at.run()

    assert "study0-0009" in at.dataframe[0].value["run_id"].to_list()


def test_a_page_holds_no_connection(page, full):
    page("models", full)

    # A writer would be refused while a reader of this process has the file open.
    with duckdb.connect(str(full.published / "gen-1.duckdb")) as database:
        assert database.execute("select count(*) from runs").fetchone() == (4,)


def test_pages_are_drawn_from_anywhere(page, full, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert not page("models", full).exception
    assert list(Path(tmp_path).iterdir()) == []
