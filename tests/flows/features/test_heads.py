"""Models prepared: which weights, which classes, and what their stored heads are known by."""

import json
import shutil
from importlib.metadata import version

import numpy as np
import polars as pl
import pytest
import timm
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from safetensors.torch import save_file as save_tensors
from timm.models import save_for_hf

from flows import cli
from flows.doctor import examine
from flows.features import heads
from flows.features.heads import prepare_model
from flows.features.prepared_model import PreparedModel
from flows.pictures.find_images import find_images
from flows.study.load import load_study
from sing_core.networks.backbones import load_backbone
from sing_core.networks.weights import UnnamedWeightsError, read_state_dict
from tests.support import world
from warehouse.digests import digest, sha256

RES = 'checkpoint = "res.safetensors"'


@pytest.fixture
def prepare(fresh):
    """Prepare the study's first model as it now stands."""

    def call():
        study = load_study(fresh.study)
        return prepare_model(study.models[0], find_images(study, fresh.root), fresh.root)

    return call


@pytest.fixture
def averaged(fresh):
    """Put a training checkpoint with two sets of weights into the study; returns the average."""
    plain = read_state_dict(fresh.folder / "res.safetensors")
    ema = {name: value * 0.5 for name, value in plain.items()}
    torch.save({"state_dict": plain, "state_dict_ema": ema}, fresh.folder / "res.pth")
    fresh.rewrite(RES, 'checkpoint = "res.pth"')
    return ema


def without_byob(fresh):
    byob = fresh.study.read_text().split("\n[[models]]")[2].split("\n[concepts]")[0]
    fresh.rewrite(f"\n[[models]]{byob}", "")


def name_the_average(fresh):
    fresh.rewrite('"res.pth"', '"res.pth"\ncheckpoint_key = "state_dict_ema"')


def test_two_sets_of_weights_are_asked_about_and_the_named_one_is_told(fresh, averaged, capsys):
    assert cli.command(["doctor", str(fresh.study), "--data", str(fresh.root.path)]) == 2
    assert "holds 2 sets of weights, state_dict_ema and state_dict; say" in capsys.readouterr().err
    name_the_average(fresh)

    assert cli.command(["doctor", str(fresh.study), "--data", str(fresh.root.path)]) == 0
    assert "res: the weights are the checkpoint's state_dict_ema" in capsys.readouterr().out
    fresh.run()

    rows = fresh.rows("select model, weights_entry, preprocessing from latest.models order by 1")
    assert [row["weights_entry"] for row in rows] == [None, "state_dict_ema"]
    assert all("CenterCrop(size=[64, 64])" in row["preprocessing"] for row in rows)
    head = next(fresh.root.heads.glob("res-*"))
    np.testing.assert_array_equal(load_file(head)["weight"], averaged["fc.weight"].numpy())


@pytest.mark.usefixtures("averaged")
def test_a_head_stored_before_weights_were_told_is_asked_about_too(fresh, prepare):
    name_the_average(fresh)
    path = prepare().head_file
    forget_entry(path)

    assert PreparedModel.read(path).weights_entry is None
    assert prepare().weights_entry == "state_dict_ema"

    # As a study that named none stored it: under its own key.
    fresh.rewrite('\ncheckpoint_key = "state_dict_ema"', "")
    with pytest.raises(UnnamedWeightsError):
        prepare()
    shutil.copy(path, fresh.root.heads / f"{head_of_todays(fresh)}.safetensors")
    with pytest.raises(UnnamedWeightsError):
        prepare()


def head_of_todays(fresh):
    """Where the head lies of a study as it stands, by the digest of its content."""
    (model, *_) = load_study(fresh.study).models
    own = {"id", "checkpoint", "head", "features"}
    said = {
        "model": model.model_dump(mode="json", exclude=own),
        "checkpoint": sha256(model.checkpoint),
        "head": None,
        "versions": [heads._FORMAT, version("timm")],
    }
    return f"res-{digest(said)}"


def forget_entry(path):
    """Write a stored head as it was before its weights' entry was told."""
    with safe_open(path, framework="numpy") as file:
        about = json.loads(file.metadata()["about"])
    del about["weights_entry"], about["sha256"]
    save_file(load_file(path), path, metadata={"about": json.dumps(about)})


def test_what_a_study_does_not_say_of_input_is_in_no_key(fresh, prepare):
    before = prepare()
    (model, *_) = load_study(fresh.study).models

    assert set(model.model_dump(mode="json")) == {
        "id", "timm", "features", "checkpoint", "pretrained", "head", "head_input", "args",
    }  # fmt: skip
    assert before.head_file.stem == head_of_todays(fresh)
    fresh.rewrite(RES, f"{RES}\nmean = [0.25]")
    after = prepare()
    assert after.forward != before.forward
    assert "mean=tensor([0.2500, 0.2500, 0.2500])" in after.preprocessing
    assert after.weights_sha256 == before.weights_sha256


def test_a_model_resized_by_its_arguments_has_a_key_of_its_own(fresh, prepare):
    world.save_model(fresh.folder / "res.safetensors", "test_vit", 1, num_classes=40, img_size=96)
    args = "args = { pretrained_cfg_overlay = { input_size = [3, 64, 64] } }"
    fresh.rewrite('timm = "test_resnet"', 'timm = "test_vit"')
    fresh.rewrite(f"{RES}\n{args}", f"{RES}\nargs = {{ img_size = 96 }}")

    prepared = prepare()

    assert "CenterCrop(size=(96, 96))" in prepared.preprocessing
    assert prepared.head_file.stem != head_of_todays(fresh)


def test_a_models_folder_is_known_by_its_content_wherever_it_lies(fresh, prepare):
    torch.manual_seed(0)
    model = timm.create_model("test_resnet", num_classes=40)
    torch.nn.init.normal_(model.fc.weight)
    save_for_hf(model, fresh.folder / "tuned", safe_serialization=True)
    without_byob(fresh)
    fresh.rewrite(f'timm = "test_resnet"\n{RES}', 'timm = "local-dir:tuned"')
    before = prepare()
    fresh.run()

    (fresh.folder / "tuned").rename(fresh.folder / "moved")
    fresh.rewrite("local-dir:tuned", "local-dir:moved")

    assert before.architecture == "test_resnet"
    assert prepare() == before
    assert not fresh.run().worked
    torch.nn.init.normal_(model.fc.weight)
    save_for_hf(model, fresh.folder / "moved", safe_serialization=True)
    assert prepare().forward != before.forward


def test_one_logit_is_told_as_two_classes_by_its_sign(fresh):
    for name in world.CLASSES[2:]:
        shutil.rmtree(fresh.folder / "pictures" / name)
    (fresh.folder / "names.txt").write_text("boat\napple\n")
    fresh.rewrite('root = "pictures"', 'root = "pictures"\nclass_names = "names.txt"')
    without_byob(fresh)
    path = fresh.folder / "res.safetensors"
    world.save_model(path, "test_resnet", 1, num_classes=1)
    backbone = load_backbone("test_resnet", checkpoint=path)
    batch = [backbone.transform(Image.open(p)) for p in fresh.folder.glob("pictures/*/*.png")]
    z = backbone.module(torch.stack(batch)).detach()
    state = read_state_dict(path)
    state["fc.bias"] -= z.median()  # about as many pictures of either class
    save_tensors(state, path)

    (row,) = examine(load_study(fresh.study), fresh.root)
    fresh.run()

    assert (row["classes"], row["rank"], row["null_dim"]) == (2, 1, 95)
    frame = pl.read_parquet(fresh.root.features / "res" / "*" / "*.parquet")
    logit = frame["feature"].to_numpy() @ state["fc.weight"][0].numpy() + float(state["fc.bias"])
    told = fresh.rows("select image_id, predicted_class from latest.image_scores")
    assert {row["image_id"]: row["predicted_class"] for row in told} == dict(
        zip(frame["image_id"], np.where(logit > 0, "apple", "boat"), strict=True)
    )
    assert {row["predicted_class"] for row in told} == {"apple", "boat"}
    assert fresh.rows("select n_classes, rank, message from latest.models") == [
        {"n_classes": 2, "rank": 1, "message": None}
    ]


def test_a_head_that_was_stored_as_one_class_is_made_anew_beside_it(fresh, prepare):
    world.save_model(fresh.folder / "res.safetensors", "test_resnet", 1, num_classes=1)
    two = prepare()
    weight, bias = two.head()
    about = two.facts() | {"n_classes": 1}
    one = {"weight": weight[1:], "bias": bias[1:]}
    save_file(one, two.head_file, metadata={"about": json.dumps(about)})
    before = two.head_file.read_bytes()

    again = prepare()

    assert again.n_classes == 2
    assert again.head_file != two.head_file
    assert two.head_file.read_bytes() == before
    assert again.forward == two.forward  # the features are the same
    assert prepare() == again
