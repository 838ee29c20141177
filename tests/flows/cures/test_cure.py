"""`sing cure` on the tests' world: the head that it writes does what its rows say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from flows import cli
from flows.cures import cure as cures
from flows.cures.cure import WorseHeadError, cure
from flows.cures.found import CannotCureError, Wish
from flows.study.load import load_study
from tests.oracle.readouts import Readings
from tests.oracle.scores import Oracle
from tests.support.made import copied

SEE, BLIND = Wish("see", "class"), Wish("blind", "tag bright")


@pytest.fixture(scope="module")
def made(made_once, tmp_path_factory):
    """The study with a group that the features tell: pictures that have a tag."""
    made = copied(made_once, tmp_path_factory.mktemp("cures") / "copy")
    pictures = sorted((made.folder / "pictures").rglob("*.png"))
    bright = [path for path in pictures if np.asarray(Image.open(path)).mean() > 62]
    assert 20 < len(bright) < 50
    lines = [f"bright,x,{path.relative_to(made.folder / 'pictures')}" for path in bright]
    (made.folder / "tags.csv").write_text("\n".join(["tag,image_id,path", *lines]))
    made.rewrite("[images]", '[images]\ntags = "tags.csv"')
    made.bright = {str(path.relative_to(made.folder / "pictures")) for path in bright}
    return made


@pytest.fixture(scope="module")
def heads(made):
    """Both cures of the network whose classes are the study's: their rows and files."""
    found = {}
    for wish in (SEE, BLIND):
        out = made.folder / f"{wish.kind}.safetensors"
        row = cure(load_study(made.study), "byob", wish, out, made.root, anyway=True)
        found[wish.kind] = row, load_file(out)
    return found


@pytest.fixture(scope="module")
def reading(made, heads):
    (run_id,) = {row["run_id"] for row in made.rows("select run_id from latest.cures")}
    return Readings(Oracle(made.root.path, run_id), "byob")


def named(head, reading):
    x = np.array([reading.x[i] for i in reading.held])
    return x, (x @ head["weight"].T + head["bias"]).argmax(axis=1)


@pytest.mark.parametrize("kind", ["see", "blind"])
def test_the_file_names_what_the_tables_say(made, heads, reading, kind):
    row, head = heads[kind]
    own = {"weight": reading.weight, "bias": reading.bias}
    x, now = named(head, reading)
    _, was = named(own, reading)
    truth = np.array([reading.classes[i] for i in reading.held])

    (stored,) = made.rows(f"from latest.cures where kind = '{kind}'")
    assert {k: stored[k] for k in row} == row
    assert row["accuracy_before"] == pytest.approx((was == truth).mean())
    assert row["accuracy_after"] == pytest.approx((now == truth).mean())
    assert row["flipped_share"] == pytest.approx((now != was).mean())
    moved = x @ (head["weight"] - own["weight"]).T + head["bias"] - own["bias"]
    assert row["logit_move_mean"] == pytest.approx(np.linalg.norm(moved, axis=1).mean(), rel=1e-4)
    flips = made.rows(f"select image_id from latest.cure_flips where cure = '{row['cure']}'")
    assert {one["image_id"] for one in flips} == set(np.array(reading.held)[now != was])
    classes = made.rows(f"from latest.cure_classes where cure = '{row['cure']}'")
    for one in classes:
        those = truth == one["class_index"]
        assert one["accuracy_after"] == pytest.approx((now == truth)[those].mean())


def test_to_see_changes_logits_by_the_null_part_alone(heads, reading):
    row, head = heads["see"]
    change = head["weight"] - reading.weight

    assert np.abs(change @ (np.eye(len(reading.null)) - reading.null)).max() < 1e-5
    assert np.linalg.matrix_rank(change, tol=1e-4) <= row["rank"]


def test_a_blind_heads_logits_tell_nothing_within_a_class(made, heads, reading):
    _, head = heads["blind"]
    paths = {one["image_id"]: one["path"] for one in made.rows("from latest.images")}
    values = {i: path in made.bright for i, path in paths.items()}
    fit = reading.fitted()
    x = np.array([reading.x[i] for i in fit])
    z = np.array([float(values[i]) for i in fit])
    classes = np.array([reading.classes[i] for i in fit])
    for c in set(classes):
        x[classes == c] -= x[classes == c].mean(axis=0)
        z[classes == c] -= z[classes == c].mean()

    assert (
        np.abs((x @ head["weight"].T).T @ z).max()
        < 1e-3 * np.abs((x @ reading.weight.T).T @ z).max()
    )


def test_scores_of_the_new_head_are_those_of_a_study_that_takes_it(made, heads, tmp_path):
    row, _ = heads["blind"]
    other = copied(made, tmp_path / "with")
    other.rewrite(
        'checkpoint = "byob.safetensors"',
        'checkpoint = "byob.safetensors"\nhead = "blind.safetensors"',
    )

    other.run()

    (scores,) = other.rows("from latest.model_scores where model = 'byob'")
    (models,) = other.rows("from latest.models where model = 'byob'")
    assert models["null_dim"] == row["null_dim_after"]
    held = "select image_id from latest.images where split = 'holdout'"
    (median,) = other.rows(
        f"select median(is_deg) as is_deg, median(abs(as_deg)) as as_deg from latest.image_scores "
        f"where model = 'byob' and image_id in ({held})"
    )
    # Another head has another translator's name, but the same features and so the same translator.
    assert median["is_deg"] == pytest.approx(row["is_after_deg"], abs=0.01)
    assert median["as_deg"] == pytest.approx(row["abs_as_after_deg"], abs=0.01)
    assert scores["n"] > 0


def test_a_model_without_the_classes_starts_from_what_its_head_sees(made, tmp_path):
    out = tmp_path / "head.safetensors"

    row = cure(load_study(made.study), "res", SEE, out, made.root, anyway=True)

    assert not row["is_own_head"]
    assert load_file(out)["weight"].shape[0] == 5
    assert len(made.rows("from latest.cures where model = 'byob'")) == 2


def test_a_worse_head_is_refused_and_what_was_measured_is_kept(made, tmp_path, monkeypatch):
    out, find = tmp_path / "head.safetensors", cures.find
    monkeypatch.setattr(
        cures, "find", lambda *given: replace(find(*given), accuracy_before=0.9, accuracy_after=0.8)
    )

    with pytest.raises(WorseHeadError, match=r"names 80.0% right, the old one 90.0%.* --anyway"):
        cure(load_study(made.study), "res", BLIND, out, made.root)

    assert not out.exists()
    (row,) = made.rows("from latest.cures where model = 'res' and kind = 'blind'")
    assert row["head_sha256"] is None


@pytest.mark.parametrize(
    ("wish", "model", "words"),
    [
        (
            Wish("blind", "colour"),
            "byob",
            "no group 'colour' to be blind to; known: color, tag bright",
        ),
        (Wish("see", "class", 40), "byob", "--rank is 40; .* need 1 to 4"),
        (Wish("blind", "color"), "byob", "no class has pictures of two values of 'color'"),
        (SEE, "rex", "no model 'rex'; known: res, byob"),
    ],
)
def test_what_is_not_there_is_said(made, tmp_path, wish, model, words):
    with pytest.raises(CannotCureError, match=words):
        cure(load_study(made.study), model, wish, tmp_path / "head.safetensors", made.root)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "need either --see class or --blind GROUP, not neither"),
        (["--see", "class", "--blind", "color"], "not both"),
        (["--see", "color"], "--see class is all there is"),
        (["--blind", "color", "--rank", "3"], "--rank goes with --see"),
        (["--blind", "color", "--strength", "1.5"], "need a share above 0, and 1 at most"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(made, tmp_path, capsys, arguments, words):
    given = ["cure", str(made.study), "--model", "byob", "--out", str(tmp_path / "h.safetensors")]

    assert cli.command([*given, *arguments, "--data", str(made.root.path)]) == 2

    assert words in capsys.readouterr().err


def test_an_old_file_is_not_written_over(made, capsys):
    out = Path(made.folder / "see.safetensors")
    before = out.read_bytes() if out.exists() else None
    out.write_bytes(b"mine" if before is None else before)

    code = cli.command(
        ["cure", str(made.study), "--model", "byob", "--see", "class", "--out", str(out)]
    )

    assert code == 2
    assert "must be a new .safetensors file" in capsys.readouterr().err
