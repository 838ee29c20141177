"""`sing gc` beside runs and readers, killed in the middle, and where it must not work."""

import random
import shutil
import subprocess
import sys
import time

import pytest

from flows import cli
from tests.flows.cli.gc.inventory import SCORES, files, named
from tests.support.processes import PROCESSES, carry_out
from tests.support.stored import stored
from warehouse import ledger
from warehouse.build import CheckFailedError, rebuild
from warehouse.ledger import BadRecordError
from warehouse.upkeep import garbage


def interrupted(made, change):
    """A run of other settings that was killed in the middle."""
    made.rewrite(*change)
    process = PROCESSES.Process(target=carry_out, args=(made.study, made.root.path))
    process.start()
    while process.is_alive() and len(list(made.root.runs.glob("*/tables/image_scores"))) < 2:
        time.sleep(0.001)
    process.kill()
    process.join()
    made.rewrite(*reversed(change))
    (run_id,) = [run.run_id for run in ledger.load_all(made.root) if run.status == "unfinished"]
    return run_id


def test_the_newest_unfinished_run_can_be_resumed_until_another_finishes(made, gc):
    change = ("bootstrap_draws = 200", "bootstrap_draws = 250")
    run_id = interrupted(made, change)
    there = files(made, f"runs/{run_id}/**/*.parquet") | files(made, f"translators/{run_id}/*")
    assert there

    assert gc(made)["dropped"] == []
    assert there <= files(made)
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
    made.run()

    assert gc(made)["dropped"] == [run_id]
    assert not any(run_id in path for path in files(made))
    assert len(made.rows("from main.runs where status = 'finished'")) == 2


def test_models_that_an_unfinished_run_may_use_stay_whole(made, gc):
    run_id = interrupted(made, ("bootstrap_draws = 200", "bootstrap_draws = 250"))
    for run in ledger.load_all(made.root):
        if run.run_id != run_id:
            shutil.rmtree(made.root.runs / run.run_id)
    shutil.rmtree(made.root.published)
    made.root.path.joinpath("sing.duckdb").unlink()
    before = files(made, "features/**/*") | files(made, "heads/*") | files(made, "texts/*")
    stray = made.root.features / "gone/0123456789abcdef/part-1.parquet"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"x")

    gc(made)

    assert before <= files(made)
    assert not stray.exists()


def test_while_a_run_works_nothing_is_touched(made, capsys):
    (made.root.path / "tmp").mkdir()
    before = stored(made)

    with made.root.writing("sing run small"):
        code = cli.command(["gc", "--keep", "1", "--data", str(made.root.path)])

    said = capsys.readouterr().err
    assert code == 1
    assert said.count("\n") == 1
    assert "is being written by 'sing run small'" in said
    assert stored(made) == before


READER = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as reader:
    reader.execute("set enable_progress_bar = false")
    answer = reader.execute("from main.image_concept_scores order by all")
    first = answer.fetchmany(10)
    print("began", flush=True)
    sys.stdin.readline()
    print(10 + len(answer.fetchall()), len(reader.execute("from main.runs").fetchall()))
"""


def test_a_reader_in_the_middle_of_a_query_reads_on(three, gc):
    made, _ = three
    with subprocess.Popen(
        [sys.executable, "-c", READER, made.root.path / "sing.duckdb"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as reader:  # fmt: skip
        assert reader.stdout.readline() == "began\n"

        gc(made, "--keep", "1")

        said, _ = reader.communicate("go on\n")
    assert said.split() == [str(700 + 700 + 710), "3"]
    assert len(made.rows("from main.runs")) == 1


@pytest.mark.parametrize("tenth", range(1, 11, 2))
def test_killed_and_rebuilt_or_called_again_scores_are_what_they_were(three, gc, tenth):
    made, (_, second, third) = three
    whole = made.rows(SCORES.format(third))
    earlier = made.rows(SCORES.format(second))
    process = PROCESSES.Process(target=collect, args=(made.root.path,))
    process.start()
    # From the lock on, a call takes some 0.5 s here.
    while process.is_alive() and not (made.root.path / "lock").read_text():
        time.sleep(0.001)
    time.sleep(0.05 * tenth * random.random())
    process.kill()
    process.join()

    rebuild(made.root)

    assert made.rows(SCORES.format(third)) == whole
    assert made.rows(SCORES.format(second)) in (earlier, [])
    assert not made.run().worked
    gc(made, "--keep", "1")
    assert {run.run_id for run in ledger.load_all(made.root)} == {third}
    assert named(made) <= files(made)
    assert not list(made.root.path.rglob("*.unfinished*"))
    (made.folder / "pictures/cat/new.png").unlink()
    assert made.run().run_id == second
    assert made.rows(SCORES.format(second)) == earlier


def collect(root):
    cli.command(["gc", "--keep", "1", "--data", str(root)])


def test_a_wrong_run_that_stays_is_told_and_nothing_is_removed(three):
    made, _ = three
    (shard, *_) = [path for path in sorted(named(made)) if path.startswith("features/res/")]
    path = made.root.path / shard
    path.write_bytes(path.read_bytes()[:-1])
    before = stored(made)

    with pytest.raises(CheckFailedError, match="res/.* is not what the run used; .* --verify"):
        garbage.remove(made.root, garbage.find(made.root, 1))

    assert stored(made) == before


def test_a_run_that_does_not_tell_what_it_needs_stops_everything(made):
    next(made.root.runs.glob("*/tables/artifacts/*")).unlink()
    before = stored(made)

    with pytest.raises(BadRecordError, match="so nothing is removed; put it back from a copy"):
        garbage.find(made.root)

    assert stored(made) == before


@pytest.mark.parametrize("content", [(), ("runs/exp1/events.out",)])
def test_a_folder_that_is_no_data_root_is_left_alone(tmp_path, capsys, content):
    for name in (*content, "tmp/precious", "pictures/shapes-of-mine/a.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")

    assert cli.command(["gc", "--data", str(tmp_path)]) == 1

    assert "no runs are stored in" in capsys.readouterr().err
    assert (tmp_path / "tmp/precious").exists()
    assert (tmp_path / "pictures/shapes-of-mine/a.png").exists()


def test_keeping_no_run_is_refused(made, capsys):
    assert cli.command(["gc", "--keep", "0", "--data", str(made.root.path)]) == 2
    assert capsys.readouterr().err.startswith("sing: --keep is 0; need 1 or more")
