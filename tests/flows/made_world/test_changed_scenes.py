"""What changing one attribute of a drawn scene moves."""

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import load_file

from sing_core.shapes.scenes import ATTRIBUTES
from tests.oracle.scores import null_projector
from tests.support.stored import rows


def test_a_validated_study_has_the_truth_of_every_model_and_attribute(validated):
    truths = rows(validated, "from latest.counterfactuals")

    assert len(truths) == 2 * len(ATTRIBUTES)
    for row in truths:
        for name in ("null_share", "null_share_translated", "probe_null", "probe_principal"):
            assert 0 <= row[name] <= 1, name
        assert row["logit_move_l2"] > 0
        assert 0 < row["space_move_deg"] < 180
    moves = {(row["attribute"], row["space_move_deg"]) for row in truths}
    assert len(moves) == len(ATTRIBUTES)  # the space is one, whatever the model


def test_the_truth_by_hand(trained, validated, pairs):
    """One model and attribute once more: timm by itself, an explicit projector, one pair a time."""
    model = timm.create_model("test_efficientnet", num_classes=16)
    model.load_state_dict(load_file(trained / "shapes/plain.safetensors"))
    model.eval()
    run = rows(validated, "from latest.models where model = 'plain'")[0]["run_id"]
    translator = load_file(validated.translator(run, "plain"))["weight"].numpy()
    weight = model.get_classifier().weight.detach().double().numpy()
    null = null_projector(weight)
    (attribute, before, after) = list(pairs.split(pairs.pictures))[1]
    assert attribute == "fill color"

    def features(pictures):
        batch = torch.from_numpy(pictures.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1
        with torch.inference_mode():
            return (
                model.forward_head(model.forward_features(batch), pre_logits=True).double().numpy()
            )

    change = features(after) - features(before)
    inside = change @ null
    a, b = inside @ translator.T, (change - inside) @ translator.T
    truth = rows(
        validated,
        "from latest.counterfactuals where model = 'plain' and attribute = 'fill color'",
    )[0]
    assert truth["n"] == len(change)
    assert truth["null_share"] == pytest.approx((inside**2).sum() / (change**2).sum(), rel=1e-3)
    translated = (a**2).sum() / ((a**2).sum() + (b**2).sum())
    assert truth["null_share_translated"] == pytest.approx(translated, rel=1e-3)
    for half, rows_ in (("even", slice(0, None, 2)), ("odd", slice(1, None, 2))):
        share = (inside[rows_] ** 2).sum() / (change[rows_] ** 2).sum()
        assert truth[f"null_share_{half}"] == pytest.approx(share, rel=1e-3)
    moved = np.linalg.norm(change @ weight.T, axis=1).mean()
    assert truth["logit_move_l2"] == pytest.approx(moved, rel=1e-3)
