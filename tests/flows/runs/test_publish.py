"""Published results: checked, kept, damaged and made anew."""

import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from tests.support.stored import tables
from warehouse import ledger
from warehouse.build import publish, rebuild
from warehouse.generations import LockedGenerationError
from warehouse.pointer import NotOursError
from warehouse.rows import CheckFailedError
from warehouse.stored.run_folder import RunFolder
from warehouse.upkeep import garbage


def test_a_rebuilt_database_is_equal_row_for_row(made):
    before, generation = tables(made), made.rows("select current_database() as name")

    rebuild(made.root)

    assert tables(made) == before
    assert made.rows("select current_database() as name") != generation


def spoil(made):
    """Wrong rows as a fault of the program would store them: with a right digest."""
    (run_id,) = [row["run_id"] for row in made.rows("from latest.runs")]
    folder = RunFolder(made.root, run_id)
    rows = folder.read("image_scores", "res")
    place = rows.schema.get_field_index("as_deg")
    folder.write("image_scores", rows.set_column(place, "as_deg", pa.array([91.0] * 70)), "res")
    return run_id


def test_a_failed_check_leaves_the_published_results_alone(made):
    run_id, before = spoil(made), tables(made)

    with pytest.raises(CheckFailedError, match="bounded does not hold.*91.*nothing was published"):
        publish(made.root, ledger.load(made.root, run_id))

    assert tables(made) == before
    assert [path.name for path in made.root.published.glob("*.duckdb")] == ["gen-1.duckdb"]
    assert not list(made.root.published.glob(".gen*"))


def test_a_run_that_breaks_a_rule_stays_as_it_was_published(made):
    run_id, before = spoil(made), tables(made)

    left_out = rebuild(made.root).left_out

    assert list(left_out) == [run_id]
    assert "stays as it was published: the rule assert_attribute_score" in left_out[run_id]
    assert tables(made) == before


def test_three_generations_are_kept(made):
    for _ in range(4):
        rebuild(made.root)

    names = sorted(path.name for path in made.root.published.glob("*.duckdb"))
    assert names == ["gen-3.duckdb", "gen-4.duckdb", "gen-5.duckdb"]
    assert (made.root.published / "CURRENT").read_text() == "gen-5.duckdb\n"
    assert (made.root.path / "sing.duckdb").readlink() == Path("published/gen-5.duckdb")


def test_a_link_that_a_kill_left_behind_is_mended(made):
    link = made.root.path / "sing.duckdb"
    link.unlink()
    link.symlink_to("published/gen-0.duckdb")
    (made.root.published / "gen-2.duckdb").write_bytes(b"never pointed to")

    made.run()

    assert link.readlink() == Path("published/gen-1.duckdb")
    assert [path.name for path in made.root.published.glob("*.duckdb")] == ["gen-1.duckdb"]


def test_a_log_that_a_kill_left_behind_is_not_played_into_the_next_draft(made):
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
    draft = made.root.published / ".gen-2.duckdb.unfinished"
    shutil.copy(made.root.published / "gen-1.duckdb", draft)
    script = (
        "import duckdb, os; c = duckdb.connect({!r}); c.execute('begin'); "
        "c.execute('insert into image_concept_scores from image_concept_scores'); "
        "c.execute('commit'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script.format(str(draft))], check=False)
    assert draft.with_name(f"{draft.name}.wal").exists()

    made.run()

    assert len(made.rows("from main.image_concept_scores")) == 2 * 700
    assert not list(made.root.published.glob(".gen*"))


def test_a_wrong_run_of_one_study_does_not_stop_another(made):
    run_id = made.rows("select run_id from latest.runs")[0]["run_id"]
    other = made.study.with_name("other.toml")
    other.write_text(made.study.read_text().replace('name = "small"', 'name = "other"'))
    # The first study's shards are gone, so that its own rules would fail if they were asked again.
    for path in made.root.features.glob("res/*/*.parquet"):
        path.unlink()

    made.study = other
    made.run()

    assert {row["study"] for row in made.rows("from latest.runs")} == {"small", "other"}
    shutil.rmtree(made.root.features)
    assert set(rebuild(made.root).left_out) == {run_id, made.outcome.run_id}
    assert made.rows(f"select count(*) as n from models where run_id = '{run_id}'") == [{"n": 2}]


def test_results_are_published_beside_what_is_somebody_elses(made):
    ours = {path for path in made.root.path.rglob("*")}
    theirs = [
        made.root.path / name
        for name in (
            "tmp/thesis.txt", ".a.txt.unfinished", "mine/.b.txt.7.unfinished",
            "published/gen-mine.duckdb", "published/.notes.unfinished", "runs/notes.txt",
            "features/mine/notes/a.parquet", "translators/mine/notes.txt", "scans/mine.parquet",
        )
    ]  # fmt: skip
    for path in theirs:
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("mine")

    for _ in range(4):
        rebuild(made.root)
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
    made.run()
    garbage.remove(made.root, garbage.find(made.root, keep=1))

    assert [path.read_text() for path in theirs] == ["mine"] * len(theirs)
    assert ours


def test_somebody_elses_file_in_the_place_of_the_link_is_told(made):
    link = made.root.path / "sing.duckdb"
    link.unlink()
    link.write_text("mine")

    for work in (lambda: rebuild(made.root), made.run):
        with pytest.raises(NotOursError, match=r"sing\.duckdb .* no link of ours; move it away"):
            work()
    assert link.read_text() == "mine"


def test_the_order_is_that_of_runs_whatever_the_clock_says(made, monkeypatch):
    before = ledger.now()
    monkeypatch.setattr(ledger, "now", lambda: before - timedelta(days=400))
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")

    made.run()

    assert [row["run_id"] for row in made.rows("from latest.runs")] == [made.outcome.run_id]
    assert not made.run().worked
    assert [row["serial"] for row in made.rows("from runs order by serial")] == [1, 2]


def test_a_generation_is_not_to_be_written_to(made):
    assert (made.root.published / "gen-1.duckdb").stat().st_mode & 0o222 == 0


def test_another_program_has_the_published_file_open_for_writing(made):
    holds = subprocess.Popen(
        [
            sys.executable, "-c",
            "import duckdb, os, sys; p = sys.argv[1]; os.chmod(p, 0o644); c = duckdb.connect(p); "
            "print('open', flush=True); sys.stdin.read()", made.root.published / "gen-1.duckdb",
        ],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with holds:
        holds.stdout.readline()

        with pytest.raises(
            LockedGenerationError, match=r"another program \(.*PID \d+\)\); close it"
        ):
            made.rows("from runs")
        made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
        made.run()  # whoever publishes is not kept out
        assert len(made.rows("from main.model_scores")) == 4
        holds.stdin.close()
