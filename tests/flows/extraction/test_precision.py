"""Less than float32, within a budget in degrees; results of two precisions never mix."""

import numpy as np
import pytest
import torch

from flows.extraction import choose_precision
from flows.extraction.choose_precision import measure
from flows.features.sources import Network
from sing_core.networks.geometry import Geometry, Values
from sing_core.networks.precision import largest_angle_deg
from tests.support.counted import count_features

VALUES = Values((0.5,) * 3, (0.5,) * 3)


@pytest.fixture
def network():
    torch.manual_seed(0)
    layers = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 8 * 8, 16))
    return Network("net", Geometry("", ()), VALUES, layers.eval(), 16)


@pytest.fixture
def pixels():
    return torch.randint(0, 255, (32, 8, 8, 3), dtype=torch.uint8)


def by_hand_deg(network, pixels, kind):
    """The angle, by autocast and arc cosine in NumPy."""
    batch = (pixels.permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5
    with torch.inference_mode():
        exact = network.vectors(batch).double().numpy()
        with torch.autocast("cpu", dtype=kind):
            other = network.vectors(batch).double().numpy()
    cosine = (exact * other).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(other, axis=1)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1))).max()


def test_the_angle_is_the_largest_between_the_same_vectors(network, pixels):
    chosen = measure(network, pixels, "bfloat16", 180)

    assert chosen.precision == "bfloat16"
    assert chosen.angle_deg == pytest.approx(by_hand_deg(network, pixels, torch.bfloat16), rel=1e-3)
    assert 0.05 < chosen.angle_deg < 2
    turned = np.array([[1, 0], [0, 1.0]], np.float32), np.array([[1, 1], [0, 2.0]], np.float32)
    assert largest_angle_deg(*turned) == pytest.approx(45)
    assert largest_angle_deg(turned[0], turned[1] * np.nan) == float("inf")


@pytest.fixture
def both(monkeypatch):
    """Have this CPU offer float16, as a GPU does."""
    monkeypatch.setattr(choose_precision, "less_exact", lambda kind: ("float16", "bfloat16"))


def test_a_cpu_offers_what_is_faster_there(network, pixels):
    assert measure(network, pixels, "float16", 180) == ("float32", None)
    assert measure(network, pixels, "tf32", 180) == ("float32", None)


@pytest.mark.usefixtures("both")
def test_beyond_the_budget_the_next_better_one_is_taken(network, pixels):
    rough = by_hand_deg(network, pixels, torch.bfloat16)
    half = by_hand_deg(network, pixels, torch.float16)
    assert half < rough / 2

    assert measure(network, pixels, "bfloat16", (half + rough) / 2).precision == "float16"
    assert measure(network, pixels, "bfloat16", half / 1000) == ("float32", None)
    assert measure(network, pixels, "float16", 180).precision == "float16"


@pytest.mark.usefixtures("both")
def test_the_fastest_is_what_is_faster_than_float32(network, pixels, monkeypatch):
    took = {"float32": 1.0, "bfloat16": 0.2, "float16": 0.5}
    monkeypatch.setattr(choose_precision, "_seconds", lambda run, one: took[one])
    assert measure(network, pixels, "fastest", 180).precision == "bfloat16"

    took["bfloat16"] = 1.5
    assert measure(network, pixels, "fastest", 180).precision == "float16"

    took["float16"] = 1.1
    assert measure(network, pixels, "fastest", 180) == ("float32", None)


def test_a_run_in_less_than_float32_is_another_run_and_says_by_how_much(made, monkeypatch, capsys):
    exact = sorted(made.root.features.glob("res/*"))
    made.rewrite("[analysis]", '[analysis]\nprecision = "bfloat16"\nprecision_budget_deg = 20')

    made.run()

    assert "res computes in bfloat16: that turns its vectors by at most" in capsys.readouterr().err
    rows = made.rows("select precision, precision_angle_deg as deg from latest.models")
    assert all(row["precision"] == "bfloat16" and 0 < row["deg"] < 20 for row in rows)
    (row,) = made.rows("select distinct space_precision from latest.translators")
    assert row == {"space_precision": "bfloat16"}
    assert len(sorted(made.root.features.glob("res/*"))) == len(exact) + 1
    # The answer is kept, and the exact features are still there for who asks for them again.
    seen = count_features(monkeypatch)
    assert not made.run().worked
    made.rewrite('precision = "bfloat16"', 'precision = "float32"')
    assert made.run().worked
    assert seen == {}
    assert made.rows("select distinct precision from latest.models") == [{"precision": "float32"}]


def test_float32_is_the_run_that_it_was_before_anyone_could_choose(made):
    made.rewrite("[analysis]", '[analysis]\nprecision = "float32"\nprecision_budget_deg = 1')
    assert not made.run().worked
