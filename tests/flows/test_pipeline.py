"""The whole line: what it fills, what stops it, and what it makes again."""

import pytest

from sing_core.geometry.null_space import NoNullSpaceError
from tests.support import world
from tests.support.stored import tables
from warehouse.layout import LockedError


def test_every_table_is_filled(made_once):
    empty = [name for name, rows in tables(made_once).items() if not rows]

    # Nothing was refused, flagged or labeled, no pictures are of another kind, no scene was drawn.
    assert set(empty) == {
        "rejected_images", "image_flags", "image_labels", "occupancy", "counterfactuals",
        "cures", "cure_classes", "cure_curves", "cure_flips",
        "candidate_scores",
        "score_validation",
    }  # fmt: skip


def test_a_study_run_twice_stores_the_same_rows(made_once, fresh):
    fresh.run()

    # The worlds lie in different folders, so the stored study differs in its paths alone.
    first, second = tables(made_once, times=False), tables(fresh, times=False)
    for rows in (first["runs"], second["runs"]):
        assert rows[0].pop("config_json")
    assert first == second


def test_one_model_without_null_space_does_not_stop_the_others(made):
    world.save_model(made.folder / "full.safetensors", "test_vit", 5, num_classes=70)
    made.study.write_text(
        made.study.read_text()
        + '\n[[models]]\nid = "full"\ntimm = "test_vit"\ncheckpoint = "full.safetensors"\n'
    )

    outcome = made.run()

    assert outcome.not_scored.keys() == {"full"}
    assert "rank 64, equal to its 64 features" in outcome.not_scored["full"]
    assert {r["model"] for r in made.rows("from latest.model_scores")} == {"res", "byob"}
    (row,) = made.rows("from latest.models where not scored")
    assert (row["model"], row["rank"], row["null_dim"]) == ("full", 64, 0)
    assert "full is not analyzed" in made.rows("select message from latest.runs")[0]["message"]
    again = made.run()
    assert (again.worked, again.not_scored.keys()) == (False, {"full"})


def test_a_study_of_nothing_but_full_rank_heads_fails(fresh):
    world.save_model(fresh.folder / "res.safetensors", "test_resnet", 5, num_classes=100)
    world.save_model(fresh.folder / "byob.safetensors", "test_byobnet", 5, num_classes=260)

    with pytest.raises(
        NoNullSpaceError, match="no model of the study can be analyzed: res: .*byob"
    ):
        fresh.run()


def test_many_phrases_are_cut_evenly_to_the_strongest(made):
    full = made.rows("from latest.image_concept_scores")
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 200\nmax_image_concept_rows = 300")

    made.run()

    kept = made.rows("from latest.image_concept_scores")
    assert len(kept) == 2 * 70 * 2
    by_image = {}
    for row in full:
        by_image.setdefault((row["model"], row["image_id"]), []).append(row)
    strongest = {
        (*key, row["concept_id"])
        for key, rows in by_image.items()
        for row in sorted(rows, key=lambda r: -abs(r["as_deg"]))[:2]
    }
    assert {(r["model"], r["image_id"], r["concept_id"]) for r in kept} == strongest
    assert len(made.rows("from latest.concept_scores")) == 2 * 5 * 5


def test_a_study_without_concepts_has_none(fresh):
    fresh.rewrite('[concepts]\nfile = "concepts.txt"\n', "")

    fresh.run()

    assert fresh.rows("from latest.concept_scores") == []
    assert fresh.rows("from latest.image_concept_scores") == []
    assert len(fresh.rows("from latest.model_scores")) == 2


def test_only_one_writer_at_a_time(made):
    with (
        made.root.writing("somebody else"),
        pytest.raises(LockedError, match=r"written by 'somebody else' \(process \d+ on .*since 20"),
    ):
        made.run()


@pytest.mark.parametrize("damaged", ["scans/*", "heads/res*", "texts/*", "features/res/*/*"])
def test_a_damaged_file_that_can_be_made_again_is_made_again(made, damaged):
    before = tables(made)["model_scores"]
    for path in made.root.path.glob(damaged):
        path.write_bytes(path.read_bytes()[:100])
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")

    made.run()

    after = made.rows("from latest.model_scores order by all")
    for ours, theirs in zip(after, before, strict=True):
        assert ours["is_median_deg"] == pytest.approx(theirs["is_median_deg"], abs=1e-4)


def test_a_rank_that_one_head_cannot_have_stops_that_model_alone(made):
    made.rewrite("[analysis]", "[null_space]\nrank = 20\n[analysis]")

    outcome = made.run()

    assert outcome.not_scored.keys() == {"byob"}
    assert "rank is 20, but a head of 5 classes" in outcome.not_scored["byob"]
    rows = made.rows("select rank, null_dim from latest.models where scored")
    assert rows == [{"rank": 20, "null_dim": 76}]
