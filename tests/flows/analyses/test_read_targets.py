"""What readers read of the tests' world, recomputed with scikit-learn."""

import numpy as np
import pytest

from tests.oracle.readouts import Readings
from tests.support import world


@pytest.fixture(scope="module")
def readings(oracle):
    return {model: Readings(oracle, model) for model in oracle.models}


def values(reading, oracle, group):
    if group == "class":
        return reading.classes
    rows = [n for n, (of, *_) in enumerate(oracle.rows(
        "select concept_group, concept_id from concepts order by concept_id"
    )) if of == group]  # fmt: skip
    return reading.nearest(rows)


def test_every_readout_is_what_scikit_learn_reads(made_once, oracle, readings):
    rows = made_once.rows("from latest.readouts")
    assert len(rows) == 2 * 2 * 3  # models, groups, views
    for row in rows:
        reading = readings[row["model"]]
        value = values(reading, oracle, row["concept_group"])
        right = reading.right(row["view"], value, row["reader"], row["strength"])
        assert row["accuracy"] == pytest.approx(np.mean(list(right.values()))), row
        assert row["chance"] == pytest.approx(reading.chance(value))
        assert (row["n_fit"], row["n_holdout"]) == (len(reading.fitted()), len(right))
        assert (row["control_accuracy"] is not None) == (row["view"] == "null")


def test_headroom_is_over_the_same_pictures(made_once, oracle, readings):
    found = {row["model"]: row for row in made_once.rows("from latest.headroom")}
    # The other has forty classes without names of their own.
    assert found["res"]["headroom"] is None
    head = readings["byob"].head_right(list(range(len(world.CLASSES))))
    best = made_once.rows("from latest.readouts where concept_group = 'class' and model = 'byob'")
    (best,) = [row for row in best if row["view"] == "all"]
    new = readings["byob"].right("all", readings["byob"].classes, best["reader"], best["strength"])
    apart = np.array([new[i] - head[i] for i in head], dtype=float)
    row = found["byob"]
    assert row["headroom"] == pytest.approx(apart.mean())
    assert row["headroom_ci_low"] < row["headroom"] < row["headroom_ci_high"]
    assert best["head_accuracy"] == pytest.approx(np.mean(list(head.values())))
    assert row["warning"].startswith("thin: 55 pictures to fit ")


def test_the_curve_is_of_parts_of_the_pictures_by_their_ids(made_once, readings):
    rows = made_once.rows("from latest.readout_curves order by n_fit")
    for model, reading in readings.items():
        for view in ("all", "null"):
            sizes = [r["n_fit"] for r in rows if (r["model"], r["view"]) == (model, view)]
            assert sizes == [len(reading.fitted(quarters)) for quarters in (1, 2, 4)]
    for row in rows:
        assert row["ci_low"] <= row["accuracy"] <= row["ci_high"]


def test_what_is_read_off_random_subspaces_is_within_their_range(made_once):
    for row in made_once.rows("from latest.readouts where view = 'null'"):
        low, high = row["control_low"] - 1e-12, row["control_high"] + 1e-12
        assert low <= row["control_accuracy"] <= high


def test_without_held_out_pictures_nothing_is_read(made_once, tmp_path):
    from tests.support.made import copied

    made = copied(made_once, tmp_path / "copy")
    made.rewrite("[analysis]", "[translator]\nholdout = 0\n\n[analysis]")

    made.run()

    assert made.rows("from latest.readouts") == []
    assert made.rows("from latest.headroom") == []
    assert len(made.rows("from latest.model_scores")) == 2
