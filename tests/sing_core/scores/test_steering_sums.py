import numpy as np
import pytest

from sing_core.geometry.null_space import decompose_head
from sing_core.geometry.translator import LinearTranslator
from sing_core.scores.steering import Steering
from sing_core.scores.steering_sums import CURVE_IS_DEG, ConfusionSums, CurveSums, Steered


def columns(found, *names):
    return list(zip(*(np.asarray(found[name]).tolist() for name in names), strict=True))


def steered(as_deg, is_deg=40.0):
    """Steps of which no more is known."""
    known = {"as": as_deg, "is": np.broadcast_to(is_deg, as_deg.shape)}
    return Steered({name: known.get(name, as_deg) for name in Steered.NAMES})


def test_confusion_by_hand():
    nan = np.nan
    confusion = ConfusionSums(3)
    # Two pictures of class 0, one of class 2; the second of class 0 cannot be turned to class 1.
    confusion.add(
        np.array([0, 0, 2]),
        steered(np.array([[9.0, 4.0, 1.0], [9.0, nan, 3.0], [5.0, 6.0, 9.0]])),
    )

    found = confusion.result(["a", "b", "c"])

    assert columns(found, "source_class", "target_class", "n", "n_reached", "as_mean_deg") == [
        ("a", "b", 2, 1, 4.0), ("a", "c", 2, 2, 2.0), ("c", "a", 1, 1, 5.0), ("c", "b", 1, 1, 6.0),
    ]  # fmt: skip
    np.testing.assert_allclose(found["reachable_share"], [0.5, 1, 1, 1])
    np.testing.assert_allclose(found["as_sd_deg"], [nan, np.sqrt(2), nan, nan])


def test_batches_add_up_to_the_whole(rng):
    classes = np.sort(rng.integers(4, size=60))
    as_deg, is_deg = rng.normal(size=(60, 4)), rng.normal(30, 5, (60, 4))
    whole, parts = ConfusionSums(4), ConfusionSums(4)
    whole.add(classes, steered(as_deg, is_deg))
    for piece in (slice(0, 17), slice(17, 60)):
        parts.add(classes[piece], steered(as_deg[piece], is_deg[piece]))

    expected, found = whole.result(list("abcd")), parts.result(list("abcd"))

    for name in ("as_mean_deg", "as_sd_deg", "is_mean_deg", "reachable_share"):
        np.testing.assert_allclose(found[name], expected[name])
    mine = [as_deg[classes == 1, 3].mean(), as_deg[classes == 1, 3].std(ddof=1)]
    row = columns(found, "source_class", "target_class").index(("b", "d"))
    np.testing.assert_allclose([found["as_mean_deg"][row], found["as_sd_deg"][row]], mine)


def test_curves_are_means_of_single_steps(rng):
    weight = rng.normal(size=(3, 8))
    translator = LinearTranslator(rng.normal(size=(5, 8)), rng.normal(size=5))
    head, texts, features = decompose_head(weight), rng.normal(size=(2, 5)), rng.normal(size=(6, 8))
    found, other = (
        Steering(weight, head, translator, texts, outside=outside).directions(translator(features))
        for outside in (False, True)
    )
    curves, norms = CurveSums(3, 2), np.linalg.norm(features, axis=1)
    some = [Steered.to(is_deg, found, other, norms, 4.0) for is_deg in CURVE_IS_DEG]
    curves.add(np.array([0, 0, 0, 0, 2, 2]), some)

    rows = curves.result(["a", "b", "c"], ["x", "y"])

    assert len(rows["is_deg"]) == len(CURVE_IS_DEG) * 4
    row = columns(rows, "source_class", "target", "is_deg").index(("a", "y", 20.0))
    as_deg = found.after(found.step_for(20.0))[0][:4, 1]
    assert rows["as_mean_deg"][row] == pytest.approx(np.nanmean(as_deg))
    assert rows["reachable_share"][row] == pytest.approx(np.isfinite(as_deg).mean())
    assert rows["n"][row] == 4
    step = found.step_for(20.0)[:4, 1]
    assert rows["epsilon_over_norm_mean"][row] == pytest.approx(np.nanmean(step / norms[:4]))
    assert rows["epsilon_over_null_mean"][row] == pytest.approx(rows["epsilon_mean"][row] / 4)
    elsewhere = other.after(found.step_for(20.0))[0][:4, 1]
    assert rows["control_as_mean_deg"][row] == pytest.approx(np.nanmean(elsewhere))
