"""What a study may say of its networks: where they come from, which weights, what input."""

import json
import os

import pytest

from flows.study.load import StudyError, load_study
from tests.support import world
from tests.support.networks.backbones import checkpoint

RES = 'timm = "test_resnet"\ncheckpoint = "res.safetensors"'

SPACE = 'model = "local-dir:clip"'


@pytest.fixture
def tuned(folder):
    """A model's folder as timm saves it, beside the study."""
    (folder / "tuned").mkdir(exist_ok=True)
    (folder / "tuned" / "config.json").write_text(
        json.dumps({"architecture": "test_resnet", "num_classes": 7, "pretrained_cfg": {}})
    )
    checkpoint(folder / "tuned" / "model.safetensors", "test_resnet", num_classes=7)


@pytest.mark.usefixtures("tuned")
@pytest.mark.parametrize(
    ("said", "name", "architecture"),
    [
        ('"local-dir:tuned"', "local-dir:{folder}/tuned", "test_resnet"),
        ('"hf-hub:someone/tuned@v2"', "hf-hub:someone/tuned@v2", "hf-hub:someone/tuned@v2"),
        (
            '"hf-hub:timm/resnet50.a1_in1k"\npretrained = true',
            *["hf-hub:timm/resnet50.a1_in1k"] * 2,
        ),
        ('"test_resnet"\npretrained = "r160_in1k"', *["test_resnet.r160_in1k"] * 2),
    ],
)
def test_a_model_is_named_by_where_it_comes_from(study, folder, said, name, architecture):
    model, _ = load_study(study((RES, f"timm = {said}"))).models

    assert model.name == name.format(folder=folder)
    assert model.architecture == architecture
    assert (model.folder is not None) == said.startswith('"local-dir:')


def test_what_is_said_of_input_is_asked_of_the_model(study):
    said = (
        "input_size = [1, 96, 64]\nmean = [0.5]\nstd = [0.25]\n"
        'interpolation = "lanczos"\ncrop_pct = 1\ncrop_mode = "squash"'
    )

    model, other = load_study(study((RES, f"{RES}\n{said}"))).models

    assert model.asked == {
        "input_size": (1, 96, 64), "mean": (0.5,), "std": (0.25,), "interpolation": "lanczos",
        "crop_pct": 1.0, "crop_mode": "squash",
    }  # fmt: skip
    assert other.asked == {}


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ('"hf-hub:timm/ViT-B-16-SigLIP"', "timm-ViT-B-16-SigLIP"),
        ('"ViT-B-32"\ncheckpoint = "res.safetensors"', "ViT-B-32-res"),
        ('"ViT-B-32"\npretrained = "openai"', "ViT-B-32-openai"),
    ],
)
def test_a_space_is_named_by_where_it_comes_from(study, said, name):
    space = load_study(study((SPACE, f"model = {said}"))).space

    assert space.name == name
    assert ("checkpoint" in space.model_dump()) == ("checkpoint" in said)


BAD = {
    "timm: .*gone holds no config.json; need a model folder": (RES, 'timm = "local-dir:gone"'),
    "timm: .*tuned: timm knows no model 'resnot'": (RES, 'timm = "local-dir:tuned"'),
    "timm: need hf-hub:OWNER/NAME, perhaps with @REVISION, got 'hf-hub:x'": (
        RES,
        'timm = "hf-hub:x"',
    ),
    "checkpoint does not go with hf-hub:a/b, which has its own weights": (
        RES,
        'timm = "hf-hub:a/b"\ncheckpoint = "res.safetensors"',
    ),
    "pretrained does not go with hf-hub:a/b, which has its own weights": (
        RES,
        'timm = "hf-hub:a/b"\npretrained = "v1"',
    ),
    "checkpoint_key is only for a checkpoint": (
        RES,
        'timm = "test_resnet"\npretrained = true\ncheckpoint_key = "model"',
    ),
    r"input_size: need \[channels, height, width\], such as \[3, 96, 96\], got \[64, 64\]": (
        RES,
        f"{RES}\ninput_size = [64, 64]",
    ),
    r"input_size: need \[channels, .*, got 64": (RES, f"{RES}\ninput_size = 64"),
    "std\\[1\\]: input should be greater than 0": (RES, f"{RES}\nstd = [0]"),
    "mean\\[1\\]: input should be a finite number": (RES, f"{RES}\nmean = [nan]"),
    "crop_pct: input should be less than or equal to 1": (RES, f"{RES}\ncrop_pct = 95"),
    "interpolation: input should be 'nearest', 'bilinear', ": (RES, f"{RES}\ninterpolation = 3"),
    "space.model: need hf-hub:OWNER/NAME, got 'hf-hub:a/b@v2'": (SPACE, 'model = "hf-hub:a/b@v2"'),
    "space: pretrained does not go with hf-hub:, which": (
        SPACE,
        'model = "hf-hub:a/b"\npretrained = "openai"',
    ),
    "space: checkpoint does not go with local-dir:, which": (
        SPACE,
        f'{SPACE}\ncheckpoint = "res.safetensors"',
    ),
    "space: pretrained does not go with checkpoint": (
        SPACE,
        'model = "ViT-B-32"\npretrained = "openai"\ncheckpoint = "res.safetensors"',
    ),
    "space.checkpoint: .*gone.pt does not exist; need a file": (
        SPACE,
        'model = "ViT-B-32"\ncheckpoint = "gone.pt"',
    ),
}


@pytest.mark.usefixtures("tuned")
@pytest.mark.parametrize("sentence", BAD)
def test_what_cannot_be_is_told_in_a_sentence(study, folder, sentence):
    if "resnot" in sentence:
        (folder / "tuned" / "config.json").write_text('{"architecture": "resnot"}')

    with pytest.raises(StudyError, match=sentence):
        load_study(study(BAD[sentence]))


def test_names_of_a_heads_classes_are_counted_in_a_folder_too(study, tuned):
    path = study(
        (RES, 'timm = "local-dir:tuned"'),
        ('root = "pictures"', 'root = "pictures"\nclass_names = "concepts.txt"'),
    )

    with pytest.raises(StudyError, match="has 5 names, but the head of models.res has 7 classes"):
        load_study(path)


def test_two_names_are_right_for_one_logit(study, folder):
    world.save_model(folder / "one.safetensors", "test_resnet", 1, num_classes=1)
    (folder / "two.txt").write_text("apple\nboat\n")
    path = study(
        ('"res.safetensors"', '"one.safetensors"'),
        ('root = "pictures"', 'root = "pictures"\nclass_names = "two.txt"'),
    )

    with pytest.raises(StudyError) as caught:
        load_study(path)

    assert [p for p in caught.value.problems if "models.res" in p] == []
    assert any("models.byob has 5 classes" in p for p in caught.value.problems)


@pytest.mark.parametrize("random_weights", [False, True])
def test_a_pipe_as_weights_is_refused_before_it_is_opened(study, folder, random_weights):
    (folder / "pipe.pth").unlink(missing_ok=True)
    os.mkfifo(folder / "pipe.pth")  # opened, it would wait for a writer for ever
    path = study(
        ("res.safetensors", "pipe.pth"),
        ('root = "pictures"', 'root = "pictures"\nclass_names = "concepts.txt"'),
    )

    with pytest.raises(StudyError, match=r"pipe.pth is not a (regular )?file; need a file"):
        load_study(path, random_weights=random_weights)
