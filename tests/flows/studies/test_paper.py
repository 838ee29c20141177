"""The paper's studies: what they name exists, and their heads leave the paper's null spaces."""

import re
from pathlib import Path

import open_clip
import pytest
import timm
import torch

from flows.made_world.demo import STUDY
from flows.study.load import StudyError, load_study
from sing_core.networks import head_inputs


def file(name: str) -> Path:
    return STUDY.parent / f"{name}.toml"


#: m, the features under each head: table 3 of the paper for those in it (and B4's 1792), the
#: joined tokens for DINO's and DINOv2's heads.
FEATURES = {
    "paper": {
        "resnet50": 2048, "resnext101-wsl": 2048, "efficientnet-b4-ns": 1792, "bit-r50x1": 2048,
        "dinovit": 1024,
    },
    "sweep": {
        "vgg16": 4096, "vgg19": 4096, "densenet121": 1024, "resnet50": 2048, "dinovit": 1024,
        "efficientnet-b0-ns": 1280, "bit-r50x1": 2048, "resnext101-wsl": 2048,
        "convnext-base": 1024, "swin-large": 1536, "dinov2-large": 2048, "deit3-large": 1024,
        "eva02-large": 1024,
    },
    "dino": {
        "dino-s16": 4 * 384, "dino-b16": 2 * 768, "dinov2-s14": 2 * 384, "dinov2-b14": 2 * 768,
        "dinov2-l14": 2 * 1024, "dinov2-g14": 2 * 1536,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", FEATURES)
def test_a_study_of_the_paper_names_weights_that_exist(name):
    study = load_study(file(name), random_weights=True)

    assert study.name == name
    assert [model.id for model in study.models] == list(FEATURES[name])
    assert {model.name for model in study.models} <= set(timm.list_pretrained())
    assert (study.space.model, study.space.pretrained) in open_clip.list_pretrained()
    # OpenAI's weights under another activation would give other embeddings, without a word.
    config = open_clip.get_model_config(study.space.model)
    tag = open_clip.get_pretrained_cfg(study.space.model, study.space.pretrained)
    assert config["quick_gelu"] is tag["quick_gelu"] is True
    assert study.space.templates == ("an image of a {}",)
    assert (study.images.limit, study.images.class_names) == (10_000, "imagenet-1k")


@pytest.mark.parametrize("name", FEATURES)
def test_every_head_takes_as_many_features_as_the_paper_says(name):
    for model in load_study(file(name), random_weights=True).models:
        with torch.device("meta"):
            module = timm.create_model(model.name, **model.args)
        if model.head is None:
            weight = module.get_classifier().weight
            assert tuple(weight.shape[:2]) == (1000, FEATURES[name][model.id]), model.id
        else:
            taken = head_inputs.width(module, model.head_input)
            assert taken == FEATURES[name][model.id], model.id


def test_what_a_file_needs_is_told(monkeypatch, tmp_path):
    for variable in ("IMAGENET", "DINO_HEADS"):
        monkeypatch.delenv(variable, raising=False)

    with pytest.raises(StudyError) as caught:
        load_study(file("sweep"))

    root, head = caught.value.problems
    assert root.startswith("images.root: ")
    assert root.endswith("val does not exist ($IMAGENET is not set); need a folder")
    assert head.endswith("_head.pth does not exist ($DINO_HEADS is not set); need a file")
    (tmp_path / "val").mkdir()
    monkeypatch.setenv("IMAGENET", str(tmp_path))
    assert load_study(file("paper")).images.root == tmp_path / "val"


@pytest.mark.parametrize("name", FEATURES)
def test_the_example_of_five_sentences_is_a_key_away(name, tmp_path):
    text = file(name).read_text()
    before, example, after = re.split(r"^# (templates = \[\n(?:# .*\n)+?)# \]\n", text, flags=re.M)
    given = before.replace('templates = ["an image of a {}"]\n', "")
    path = tmp_path / f"{name}.toml"
    path.write_text(given + example.replace("\n# ", "\n") + "]\n" + after)

    templates = load_study(path, random_weights=True).space.templates

    assert len(set(templates)) == 5
