"""Published results: checked, kept, damaged and made anew."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.stored import tables
from warehouse import parquet
from warehouse.build import CheckFailedError, rebuild
from warehouse.generations import NoGenerationError
from warehouse.ledger import BadRecordError
from warehouse.read import NoWarehouseError


def test_a_rebuilt_database_is_equal_row_for_row(made):
    before, generation = tables(made), made.rows("select current_database() as name")

    rebuild(made.root)

    assert tables(made) == before
    assert made.rows("select current_database() as name") != generation


def test_a_failed_check_leaves_the_published_results_alone(made):
    before = tables(made)
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
    made.run()
    run_id = made.outcome.run_id
    shutil.rmtree(made.root.published)
    (made.root.path / "sing.duckdb").unlink()
    path = made.root.table(run_id, "image_scores", "res")
    rows = parquet.pq.read_table(path)
    spoiled = rows.set_column(
        rows.schema.get_field_index("as_deg"), "as_deg", parquet.pa.array([91.0] * len(rows))
    )
    entry = made.root.runs / run_id / "run.json"
    finished = entry.read_text()
    entry.write_text(json.dumps(json.loads(finished) | {"status": "unfinished"}))
    rebuild(made.root)
    assert len(tables(made)["model_scores"]) == len(before["model_scores"])
    published = made.rows("select current_database() as name")
    parquet.write(path, spoiled)
    entry.write_text(finished)

    with pytest.raises(CheckFailedError, match="assert_attribute_score_bounded does not hold.*91"):
        rebuild(made.root)

    assert made.rows("select current_database() as name") == published
    assert not list(Path(made.root.published).glob(".gen*"))


def test_a_missing_shard_is_noticed_before_publishing(made):
    shard = next(made.root.features.rglob("*.parquet"))
    shard.unlink()

    with pytest.raises(CheckFailedError, match="assert_artifacts_exist"):
        rebuild(made.root)


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


@pytest.mark.parametrize("content", ["garbage", "", "gen-9.duckdb", "../gen-1.duckdb"])
def test_a_damaged_pointer_is_told_and_mended_by_rebuild(made, content):
    before = tables(made)
    (made.root.published / "CURRENT").write_text(content)

    for ask in (lambda: made.rows("from runs"), made.run):
        with pytest.raises((NoGenerationError, NoWarehouseError), match="`sing rebuild` makes"):
            ask()
    rebuild(made.root)

    assert tables(made) == before


def test_a_damaged_generation_is_told_and_mended_by_rebuild(made):
    before = tables(made)
    (made.root.published / "gen-1.duckdb").write_bytes(b"damaged")

    with pytest.raises(NoGenerationError, match="cannot be opened; `sing rebuild` makes"):
        made.rows("from runs")
    rebuild(made.root)

    assert tables(made) == before


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_text("{")])
def test_a_run_without_its_record_is_not_silently_left_out(made, damage):
    damage(next(made.root.runs.glob("*/run.json")))

    with pytest.raises(BadRecordError, match="put it back from a copy, or remove the folder"):
        rebuild(made.root)

    assert len(made.rows("from main.runs")) == 1


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
    with pytest.raises(CheckFailedError, match="artifacts_exist"):
        rebuild(made.root)
    assert made.rows(f"select count(*) as n from models where run_id = '{run_id}'") == [{"n": 2}]
