"""The made world through the whole line: a tiny training, a study of drawn scenes, the truth."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import timm
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from flows import cli
from flows.made_world import demo
from flows.made_world.changed_scenes import Pairs
from flows.made_world.train_networks import Recipe, train
from flows.made_world.verdict import TRUTHS, for_people
from flows.pictures.draw_scenes import SCENES, drawn
from flows.pipeline import run_study
from flows.study.images import Shapes
from flows.study.load import load_study
from sing_core.files.images import decode
from sing_core.shapes.classifiers import REGIMES
from sing_core.shapes.renderer import render
from sing_core.shapes.scenes import ATTRIBUTES, draw_scenes
from tests.oracle.scores import Oracle, null_projector
from warehouse.digests import sha256
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: Two regimes, a few hundred scenes, one pass: it shows that the recipe works, not that it is good.
TINY = Recipe(
    n_train=384, n_test=64, classifier_epochs=2, image_text_epochs=2,
    regimes=tuple(r for r in REGIMES if r.name in ("plain", "background")),
)  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies")
    train(folder / "shapes", TINY)
    text = demo.STUDY.read_text().replace("n = 10000", "n = 320")
    kept = [part for part in text.split("[[models]]") if 'id = "' in part]
    kept = [part for part in kept if any(f'id = "{r.name}"' in part for r in TINY.regimes)]
    head = text.split("[[models]]")[0]
    text = head + "".join(f"[[models]]{part}" for part in kept)
    (folder / "demo.toml").write_text(text + "\n[analysis]\nbootstrap_draws = 100\n")
    return folder


@pytest.fixture(scope="module")
def validated(trained):
    root = DataRoot(trained / "data")
    code = cli.command(["validate", str(trained / "demo.toml"), "--data", str(root.path)])
    assert code == 0
    return root


def rows(root, query):
    return Warehouse(root).query(query).to_pylist()


def test_the_recipe_writes_weights_that_load_and_a_card_that_fits(trained):
    folder = trained / "shapes"
    card = (folder / "README.md").read_text()

    for regime in TINY.regimes:
        path = folder / f"{regime.name}.safetensors"
        state = load_file(path)
        kept = {str(v.dtype) for k, v in state.items() if k.startswith("classifier.")}
        assert kept == {"torch.float32"}
        assert state["conv_stem.weight"].dtype == torch.float16
        with safe_open(path, framework="pt") as file:
            about = json.loads(file.metadata()["about"])
        assert about["habit"] == regime.habit
        assert about["data_sha256"] in card
    assert (folder / "concepts.txt").read_text() == (
        demo.STUDY.parent / "shapes/concepts.txt"
    ).read_text()


def test_training_again_gives_the_same_weights(trained, tmp_path):
    one = replace(TINY, regimes=TINY.regimes[:1], image_text_epochs=1)
    train(tmp_path, one)

    before = load_file(trained / "shapes/plain.safetensors")
    after = load_file(tmp_path / "plain.safetensors")
    for name, tensor in before.items():
        # Threads sum in an order of their own, and half precision rounds that up.
        torch.testing.assert_close(after[name].float(), tensor.float(), atol=2e-2, rtol=2e-2)


def test_the_shipped_weights_are_what_their_card_says():
    folder = demo.STUDY.parent / "shapes"
    card = (folder / "README.md").read_text()
    files = sorted(folder.rglob("*.safetensors"))

    assert len(files) == len(REGIMES) + 1
    assert sum(path.stat().st_size for path in files) < 12_000_000
    for path in files:
        assert sha256(path) in card


def test_drawn_pictures_are_the_scenes_they_are_listed_as(trained, validated):
    folder = drawn(Shapes(n=320, seed=0), validated)
    listed = pl.read_parquet(folder / SCENES)

    assert len(listed) == 320
    for scene, row in zip(draw_scenes(320, 0), listed.iter_rows(named=True), strict=True):
        pixels = np.asarray(decode((folder / row["path"]).read_bytes()))
        np.testing.assert_array_equal(pixels, render(scene))
        assert {name: row[name] for name in ATTRIBUTES} == {
            name: getattr(scene, name) for name in ATTRIBUTES
        }


def test_every_picture_is_labeled_in_every_group(validated):
    labels = rows(validated, "from latest.image_labels")
    names = {row["image_id"]: row["class_name"] for row in rows(validated, "from latest.images")}

    assert len(labels) == 320 * len(ATTRIBUTES)
    for row in labels:
        if row["concept_group"] == "shape":
            assert row["phrase"].split()[-1] == names[row["image_id"]]
    wrong = rows(
        validated,
        "select * from latest.image_labels l anti join latest.concepts c "
        "using (concept_group, phrase)",
    )
    assert wrong == []


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


def test_the_truth_by_hand(trained, validated):
    """One model and attribute once more: timm by itself, an explicit projector, one pair a time."""
    model = timm.create_model("test_efficientnet", num_classes=16)
    model.load_state_dict(load_file(trained / "shapes/plain.safetensors"))
    model.eval()
    run = rows(validated, "from latest.models where model = 'plain'")[0]["run_id"]
    translator = load_file(validated.translator(run, "plain"))["weight"].numpy()
    weight = model.get_classifier().weight.detach().double().numpy()
    null = null_projector(weight)
    pairs = Pairs.draw(400)
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
    assert truth["n"] == 400
    assert truth["null_share"] == pytest.approx((inside**2).sum() / (change**2).sum(), rel=1e-3)
    translated = (a**2).sum() / ((a**2).sum() + (b**2).sum())
    assert truth["null_share_translated"] == pytest.approx(translated, rel=1e-3)
    moved = np.linalg.norm(change @ weight.T, axis=1).mean()
    assert truth["logit_move_l2"] == pytest.approx(moved, rel=1e-3)


def test_group_scores_against_the_stored_vectors(validated):
    """Margins and shares of one group, an image at a time, by the issue's formulas."""
    run = rows(validated, "from latest.runs where status = 'finished'")[0]["run_id"]
    oracle = Oracle(validated.path, run)
    scores = oracle.groups("plain", "texture")
    row = rows(
        validated,
        "from latest.group_scores where model = 'plain' and concept_group = 'texture'",
    )[0]
    assert row["labels"] == "given"
    values = rows(
        validated,
        "from latest.group_value_scores where model = 'plain' and concept_group = 'texture' "
        "order by value_index",
    )
    for value, expected in zip(values, scores.pop("values"), strict=True):
        for name, figure in expected.items():
            assert value[name] == pytest.approx(figure, abs=1e-4), name
    for name, value in scores.items():
        assert row[name] == pytest.approx(value, abs=1e-4), name


def test_candidates_follow_the_stored_angles(validated):
    shift = rows(
        validated,
        "select median(abs(s.as_deg)) as value from latest.image_concept_scores s "
        "join latest.concepts c using (run_id, concept_id) "
        "join latest.image_labels l using (run_id, image_id, concept_group, phrase) "
        "where model = 'background' and concept_group = 'size'",
    )[0]["value"]

    stored = rows(
        validated,
        "select value from latest.candidate_scores where model = 'background' "
        "and attribute = 'size' and score = 'abs_as_median_deg'",
    )[0]["value"]
    assert stored == pytest.approx(shift)


def test_every_score_meets_every_truth(validated, trained, capsys):
    agreements = rows(validated, "from latest.score_validation")
    scores = {row["score"] for row in agreements}
    truths = {row["truth"] for row in agreements}

    assert len(agreements) == len(scores) * len(truths) * 3  # pooled and two models
    assert {"abs_as_median_deg", "between_value_share", "margin_kept_by_null_deg"} <= scores
    for row in agreements:
        if row["model"] is None and row["spearman"] is not None:
            assert -1 <= row["ci_low"] <= row["ci_high"] <= 1

    code = cli.command(["validate", str(trained / "demo.toml"), "--data", str(validated.path)])
    said = capsys.readouterr()
    assert code == 0
    assert "nothing to do" in said.err
    assert "between_value_share" in said.out


def test_a_run_keeps_its_other_rows_when_it_is_validated(trained, validated, tmp_path):
    root = DataRoot(tmp_path)
    run_study(load_study(trained / "demo.toml"), root)
    query = "select (select count(*) from latest.{0}) as n"
    for table in ("image_scores", "concept_scores", "model_scores", "images", "artifacts"):
        assert rows(root, query.format(table)) == rows(validated, query.format(table))


def test_ordinary_pictures_cannot_be_validated(made_once, capsys):
    code = cli.command(["validate", str(made_once.study), "--data", str(made_once.root.path)])

    assert code == 1
    assert "need a study with images.shapes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('file = "shapes/concepts.txt"', 'file = "shapes/few.txt"', "missing or strange: a circle"),
        ("[analysis]", "[translator]\nholdout = 0\n[analysis]", "translator.holdout is 0"),
        (
            "[analysis]",
            "[analysis]\nmax_image_concept_rows = 1000",
            "analysis.max_image_concept_rows = 1,000 does not hold all of them; need 53,760",
        ),
    ],
)
def test_a_study_that_cannot_be_validated_says_why(
    trained, validated, tmp_path, capsys, was, becomes, says
):
    words = (trained / "shapes/concepts.txt").read_text().replace("shape: a circle\n", "")
    (trained / "shapes/few.txt").write_text(words)
    text = (trained / "demo.toml").read_text()
    assert was in text
    study = trained / "cannot.toml"
    study.write_text(text.replace(was, becomes))

    assert cli.command(["validate", str(study), "--data", str(validated.path)]) == 2
    assert says in capsys.readouterr().err


def test_correlations_that_are_unknown_are_shown_as_such():
    known = {"score": "a", "spearman": 0.5, "ci_low": 0.4, "ci_high": 0.6}
    unknown = {"score": "b", "spearman": None, "ci_low": None, "ci_high": None}
    chance = {"shuffled_low": -0.1, "shuffled_high": 0.1}
    rows = [row | {"truth": t} | chance for row in (unknown, known) for t in TRUTHS]

    first, last = for_people(rows)

    assert first["score"] == "a"
    assert first[TRUTHS[0]] == "0.50*"
    assert last[TRUTHS[0]] == "–"


def test_a_study_has_one_source_of_pictures(trained, tmp_path, capsys):
    text = (trained / "demo.toml").read_text()
    study = trained / "both.toml"
    study.write_text(text.replace("[images]", '[images]\nroot = "shapes"'))

    assert cli.command(["run", str(study), "--data", str(tmp_path)]) == 2
    assert "either root (a folder a class), shapes" in capsys.readouterr().err


def test_the_demo_prints_models_a_sentence_and_what_to_type_next(
    trained, validated, monkeypatch, capsys
):
    monkeypatch.setattr(demo, "STUDY", trained / "demo.toml")

    code = cli.command(["demo", "--plain", "--data", str(validated.path)])

    out = capsys.readouterr().out
    assert code == 0
    assert "control" in out
    assert "tells the own background color from the others" in out
    command = next(line for line in out.splitlines() if "sing sql" in line)
    query = command.split('"')[1]
    assert rows(validated, query)
