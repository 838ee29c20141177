"""Heads judged before any extraction."""

import json

import numpy as np

from flows import cli
from flows.doctor import examine
from flows.study.load import load_study
from tests.support import world


def test_doctor_tells_ranks_without_extracting(fresh, capsys):
    world.save_model(fresh.folder / "res.safetensors", "test_resnet", 5, num_classes=120)

    code = cli.command(["doctor", str(fresh.study), "--data", str(fresh.root.path), "--json"])

    rows = {row["model"]: row for row in json.loads(capsys.readouterr().out)}
    assert code == 1
    assert (rows["byob"]["rank"], rows["byob"]["null_dim"]) == (5, 251)
    assert rows["byob"]["modes"] == "exact, softmax, approx, classes"
    assert rows["res"]["modes"] == "approx, classes"
    assert (rows["byob"]["analyzable"], rows["res"]["analyzable"]) == (True, False)
    assert "no null space" in rows["res"]["note"]
    assert not fresh.root.features.exists()


def test_the_doctor_needs_no_network(given):
    rows = {row["model"]: row for row in examine(load_study(given.study), given.root)}

    assert (rows["res"]["rank"], rows["res"]["null_dim"]) == (40, 56)
    assert rows["byob"]["logit_proof"] is None
    assert rows["byob"]["modes"] == "exact, softmax, approx, classes"


def test_a_head_in_float64_keeps_its_null_space(given):
    head = dict(np.load(given.folder / "res.npz"))
    weight = head["weight"].astype(np.float64)
    weight[0] = weight[1:].mean(axis=0)  # exactly dependent in float64 alone
    np.savez(given.folder / "res.npz", weight=weight, bias=head["bias"])

    rows = {row["model"]: row for row in examine(load_study(given.study), given.root)}

    assert rows["res"]["rank"] == 39


def test_the_doctor_does_without_a_root_that_another_writes_to(fresh):
    study = load_study(fresh.study)
    with fresh.root.writing("another"):
        rows = examine(study, fresh.root)

    assert [row["rank"] for row in rows] == [row["rank"] for row in examine(study, fresh.root)]
    assert len(list(fresh.root.heads.glob("*"))) == 2  # of the second time
