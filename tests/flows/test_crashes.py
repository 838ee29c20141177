"""Killed at any moment and run again, a study ends as if nothing had happened."""

import os
import signal
import time

import duckdb
import pytest

from tests.support.processes import PROCESSES, carry_out
from tests.support.stored import comparable, tables
from warehouse.build import rebuild


def killed_when(made, condition, timeout_s=60):
    """Run the study in a process of its own and kill it once ``condition()`` holds."""
    process = PROCESSES.Process(target=carry_out, args=(made.study, made.root.path))
    process.start()
    until = time.monotonic() + timeout_s
    while process.is_alive() and not condition() and time.monotonic() < until:
        time.sleep(0.0005)
    process.kill()
    process.join()
    return process.exitcode


# Something that appears in the data root at each stage of a run.
MOMENTS = [
    "scans/*.parquet",
    "heads/res*",
    "heads/.byob*",
    "texts/*",
    "runs/*/run.json",
    "features/res/*/*.parquet",
    "features/byob/*/.part*",
    "embeddings/clip/*/*.parquet",
    "runs/*/tables/images/*.parquet",
    "translators/*/res*",
    "runs/*/tables/translators/byob*",
    "runs/*/tables/image_concept_scores/.res*",
    "runs/*/tables/model_scores/res*",
    "published/.gen-1*",
    "published/gen-1*",
    "published/CURRENT",
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_run_again_the_tables_are_those_of_an_undisturbed_run(
    undisturbed, fresh, moment
):
    seen = []

    def appeared():
        if any(fresh.root.path.glob(moment)):
            seen.append(moment)
        return bool(seen)

    exitcode = killed_when(fresh, appeared)
    # A draft may come and go between two looks; what stays must have been there.
    assert seen or "/." in moment
    assert exitcode in (-signal.SIGKILL, 0)  # 0: it was done before the signal came

    fresh.run()

    assert comparable(fresh) == undisturbed
    assert not list(fresh.root.path.rglob("*.unfinished"))
    rebuild(fresh.root)


def test_killed_while_publishing_a_second_run_the_first_stays_readable(made):
    before = tables(made)
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")

    killed_when(made, lambda: any(made.root.published.glob(".gen-2*")))

    after = made.rows("from main.model_scores")
    assert after[:2] == before["model_scores"] or len(after) == 4
    made.run()
    assert len(made.rows("from main.model_scores")) == 4


def ask(root, counts, stop):
    """Ask the published file again and again, as a user's own client would."""
    asked, wrong = 0, []
    while not stop.is_set() or asked < 50:
        try:
            with duckdb.connect(f"{root}/sing.duckdb", read_only=True) as database:
                answer = database.sql(
                    "select (select count(*) from main.image_scores), "
                    "(select count(*) from main.runs where status = 'finished'), "
                    "(select count(*) from latest.image_scores)"
                ).fetchall()[0]
            if answer[0] != 140 * answer[1] or answer[2] != 140:
                wrong.append(f"half a state: {answer}")
        except Exception as error:
            wrong.append(repr(error))
        asked += 1
        stop.wait(0.01)  # the runs have to get on too
    counts.put((asked, wrong))


def test_a_reader_sees_no_error_and_no_half_state_while_runs_publish(made):
    counts, stop = PROCESSES.Queue(), PROCESSES.Event()
    reader = PROCESSES.Process(target=ask, args=(made.root.path, counts, stop))
    reader.start()

    for draws in range(300, 305):
        made.study.write_text(
            made.study.read_text().replace(
                f"bootstrap_draws = {draws - 1 if draws > 300 else 200}",
                f"bootstrap_draws = {draws}",
            )
        )
        assert made.run().worked
        rebuild(made.root)
    stop.set()
    asked, wrong = counts.get(timeout=60)
    reader.join()

    assert wrong == []
    assert asked >= 50
    assert len(made.rows("from main.runs where status = 'finished'")) == 6


def test_a_killed_holder_leaves_no_lock(made):
    killed_when(made, (made.root.path / "lock").read_text)

    with made.root.writing("the next one"):
        assert "the next one" in (made.root.path / "lock").read_text()


def test_a_full_disk_is_told_and_nothing_is_lost(made, monkeypatch):
    before = tables(made)
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
    real, calls = os.fsync, []

    def full(handle):
        calls.append(handle)
        if len(calls) > 3:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        made.run()
    monkeypatch.undo()

    assert tables(made) == before
    made.run()
    assert len(made.rows("from main.model_scores")) == 4
