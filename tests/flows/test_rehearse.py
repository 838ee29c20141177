"""A rehearsal: the whole line with random weights, for a study whose files are not there yet."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import timm
from timm.models import save_for_hf

from flows import cli
from tests.support import world
from tests.support.networks import spaces

STUDY = """
name = "later"

[images]
root = "$NOWHERE/val"
class_names = "names.txt"
classes = ["c7", "c5"]

[space]
model = "local-dir:clip"

# Pretrained weights that nobody fetched, and a head that nobody saved.
[[models]]
id = "joined"
timm = "test_vit"
pretrained = true
head = "$NOWHERE/head.pth"
head_input = "class+mean_patch"

# 64 features for 70 classes.
[[models]]
id = "narrow"
timm = "test_vit"
checkpoint = "$NOWHERE/narrow.safetensors"

# A checkpoint that is there says itself how many classes it has.
[[models]]
id = "res"
timm = "test_resnet"
checkpoint = "res.safetensors"
args = { pretrained_cfg_overlay = { input_size = [3, 64, 64] } }
"""

BROKEN = """
[[models]]
id = "tokenless"
timm = "test_resnet"
pretrained = true
head = "$NOWHERE/head.pth"
head_input = "class+mean_patch"
"""


@pytest.fixture
def doctor(tmp_path, monkeypatch, capsys):
    """Write the study, rehearse it; returns the exit code, rows by model, and stderr."""
    monkeypatch.delenv("NOWHERE", raising=False)
    monkeypatch.chdir(tmp_path)
    world.save_space(tmp_path / "clip")
    world.save_model(tmp_path / "res.safetensors", "test_resnet", 1, num_classes=70)
    (tmp_path / "names.txt").write_text("".join(f"c{n}\n" for n in range(70)))

    def call(study):
        (tmp_path / "study.toml").write_text(study)
        code = cli.command(["doctor", "study.toml", "--random-weights", "--json"])
        captured = capsys.readouterr()
        return code, {row["model"]: row for row in json.loads(captured.out)}, captured.err

    return call


def test_every_model_goes_through_with_nothing_there(doctor, tmp_path):
    code, rows, err = doctor(STUDY)

    found = {
        name: (row["classes"], row["features"], row["rank"], row["null_dim"], row["goes_through"])
        for name, row in rows.items()
    }
    assert code == 0
    assert found == {
        "joined": (70, 128, 70, 58, "yes"),
        "narrow": (70, 64, 64, 0, "yes"),
        "res": (70, 96, 70, 26, "yes"),
    }
    assert rows["joined"]["null_share"] == rows["joined"]["expected_share"] == 58 / 128
    assert rows["joined"]["why"] is None
    # A head that leaves no null space is told, not hidden.
    assert rows["narrow"]["why"].startswith("no exact null space: the head has rank 64, equal")
    assert "joined (1 of 3)" in err
    assert err.count("published published/gen-") == 2
    assert not (tmp_path / "data").exists()


def test_a_model_that_does_not_go_through_is_told_and_the_others_go_on(doctor):
    code, rows, _ = doctor(BROKEN.join(STUDY.split("# 64 features for 70 classes.\n")))

    assert code == 1
    assert {name: row["goes_through"] for name, row in rows.items()} == {
        "joined": "yes", "tokenless": "no", "narrow": "yes", "res": "yes",
    }  # fmt: skip
    assert "timm's test_resnet has no class token" in rows["tokenless"]["why"]
    assert rows["tokenless"]["features"] is None


def test_a_cut_of_the_studys_own_is_expected_of_the_head(doctor):
    code, rows, _ = doctor(f"{STUDY}\n[null_space]\nrank = 60\n")

    assert code == 0
    assert {name: row["null_dim"] for name, row in rows.items()} == {
        "joined": 68, "narrow": 4, "res": 36,
    }  # fmt: skip


OTHERS = """
# Gray and small, by a checkpoint that nobody has.
[[models]]
id = "gray"
timm = "test_vit"
checkpoint = "$NOWHERE/gray.pth"
checkpoint_key = "state_dict_ema"
input_size = [1, 64, 64]
mean = [0.5]
std = [0.5]

[[models]]
id = "folder"
timm = "local-dir:tuned"
"""


def test_models_and_spaces_of_other_sources_go_through(doctor, tmp_path):
    model = timm.create_model("test_resnet", num_classes=70)
    model.pretrained_cfg = {**model.pretrained_cfg, "input_size": [3, 64, 64]}
    save_for_hf(model, tmp_path / "tuned", safe_serialization=True)
    text = spaces.SIGLIP["model_cfg"]["text_cfg"] | {"context_length": 16}
    config = {**spaces.SIGLIP, "model_cfg": {**spaces.SIGLIP["model_cfg"], "text_cfg": text}}
    spaces.save(tmp_path / "siglip", config)
    spaces.save_tokenizer(tmp_path / "siglip")
    study = STUDY.split("# Pretrained")[0].replace("local-dir:clip", "local-dir:siglip")

    code, rows, _ = doctor(study + OTHERS)

    found = {
        name: (row["features"], row["null_dim"], row["goes_through"], row["why"])
        for name, row in rows.items()
    }
    why = found["gray"][3]
    assert code == 0
    assert found == {"gray": (64, 0, "yes", why), "folder": (96, 26, "yes", None)}
    assert why.startswith("no exact null space: the head has rank 64, equal")


@pytest.mark.usefixtures("doctor")
def test_without_the_option_missing_files_are_told(tmp_path, capsys):
    (tmp_path / "study.toml").write_text(STUDY)

    code = cli.command(["doctor", "study.toml"])

    err = capsys.readouterr().err
    assert code == 2
    assert err.count("does not exist ($NOWHERE is not set); need a") == 3


def test_arrays_cannot_be_rehearsed(tmp_path, capsys):
    page = (Path(__file__).parents[2] / "docs/arrays.md").read_text()
    code = page.split("```python\n")[1].split("```")[0]
    study = page.split("```toml\n")[1].split("```")[0]
    (tmp_path / "messages.toml").write_text(study)
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)

    assert cli.command(["doctor", str(tmp_path / "messages.toml"), "--random-weights"]) == 2
    assert "router is given as arrays" in capsys.readouterr().err
