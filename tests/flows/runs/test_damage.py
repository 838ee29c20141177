"""Stored and published files that are damaged or gone: told, mended, and never another number."""

import shutil

import pytest

from tests.support.bits import flip
from tests.support.stored import tables
from warehouse.build import rebuild
from warehouse.generations import NoGenerationError
from warehouse.read import NoWarehouseError

DAMAGE = {
    "a shard is gone": lambda made: next(made.root.features.rglob("*.parquet")).unlink(),
    "a bit of a shard": lambda made: flip(next(made.root.features.rglob("*.parquet"))),
    "a bit of a head": lambda made: flip(next(made.root.heads.glob("res-*"))),
    "a bit of a text": lambda made: flip(next(made.root.texts.glob("*.safetensors"))),
    "a bit of a translator": lambda made: flip(next(made.root.translators.glob("*/res*"))),
    "a bit of scores": lambda made: flip(next(made.root.runs.glob("*/tables/image_scores/r*"))),
    "a table is gone": lambda made: shutil.rmtree(
        next(made.root.runs.glob("*/tables/image_scores"))
    ),
    "a digit of a record": lambda made: (
        path := next(made.root.runs.glob("*/run.json"))
    ).write_text(path.read_text().replace("0.1.0", "0.1.1")),
    "a record is gone": lambda made: next(made.root.runs.glob("*/run.json")).unlink(),
    "a record is none": lambda made: next(made.root.runs.glob("*/run.json")).write_text("{"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_run_stays_as_it_was_published_and_is_made_anew(made, damage):
    before = tables(made)
    damage(made)

    assert list(rebuild(made.root).left_out) == [before["runs"][0]["run_id"]]
    assert tables(made) == before

    made.run()
    assert tables(made)["image_scores"] == before["image_scores"]
    assert rebuild(made.root).left_out == {}
    assert not made.run().worked


def test_what_was_published_and_what_is_stored_is_damaged(made):
    before = tables(made)
    flip(next(made.root.runs.glob("*/tables/image_scores/r*")))
    flip(made.root.published / "gen-1.duckdb")

    left_out = rebuild(made.root).left_out

    assert [why.partition(":")[0] for why in left_out.values()] == [
        f"{before['runs'][0]['run_id']} is left out"
    ]
    assert [row["status"] for row in tables(made)["runs"]] == ["unfinished"]
    made.run()
    assert tables(made)["image_scores"] == before["image_scores"]


@pytest.mark.parametrize("content", ["garbage", "", "gen-9.duckdb", "../gen-1.duckdb", None])
def test_a_damaged_pointer_is_told_and_mended(made, content):
    before, pointer = tables(made), made.root.published / "CURRENT"
    pointer.unlink() if content is None else pointer.write_text(content)

    with pytest.raises((NoGenerationError, NoWarehouseError), match="`sing rebuild` makes"):
        made.rows("from runs")

    assert not made.run().worked
    assert tables(made) == before
    assert pointer.read_text() == "gen-1.duckdb\n"


def test_a_pointer_to_an_older_generation_than_the_link_says_is_told_and_mended(made):
    rebuild(made.root)
    (made.root.published / "CURRENT").write_text("gen-1.duckdb\n")

    with pytest.raises(NoGenerationError, match="names gen-1.duckdb, but .* is gen-2.duckdb"):
        made.rows("from runs")
    made.run()

    assert (made.root.published / "CURRENT").read_text() == "gen-2.duckdb\n"


def test_the_pointer_is_lost_and_another_study_is_run(made):
    before = tables(made)
    for path in (made.root.published / "CURRENT", made.root.path / "sing.duckdb"):
        path.unlink()
    made.rewrite('name = "small"', 'name = "other"')

    made.run()

    assert {row["study"] for row in made.rows("from latest.runs")} == {"small", "other"}
    small = f"from main.image_scores where run_id = '{before['runs'][0]['run_id']}' order by all"
    assert made.rows(small) == before["image_scores"]
    assert (made.root.published / "CURRENT").read_text() == "gen-2.duckdb\n"


@pytest.mark.parametrize("damage", [flip, lambda path: path.write_bytes(b"damaged")])
def test_a_damaged_generation_is_not_carried_over(made, damage):
    before = tables(made)
    damage(made.root.published / "gen-1.duckdb")
    made.rewrite('name = "small"', 'name = "other"')

    made.run()

    small = f"from main.image_scores where run_id = '{before['runs'][0]['run_id']}' order by all"
    assert made.rows(small) == before["image_scores"]
