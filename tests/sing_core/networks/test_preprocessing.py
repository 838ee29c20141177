"""What a model is given of a picture, against arithmetic on the picture's pixels."""

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import save_file

from sing_core.networks.backbones import load_backbone, prove
from sing_core.networks.heads import UnsupportedBackboneError
from sing_core.networks.preprocessing import PreprocessingError, is_resized
from sing_core.networks.weights import BadWeightsError
from tests.support.networks.backbones import checkpoint, pictures


@pytest.fixture
def picture(rng):
    return Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8))


def test_a_model_made_for_another_size_gets_pictures_of_that_size(tmp_path):
    path = checkpoint(tmp_path / "a.safetensors", "test_vit", img_size=96)

    backbone = load_backbone("test_vit", checkpoint=path, args={"img_size": 96})

    assert timm.get_pretrained_cfg("test_vit").input_size == (3, 160, 160)
    assert pictures(backbone).shape == (3, 3, 96, 96)
    assert prove(backbone, pictures(backbone)) < 1e-4
    assert is_resized("test_vit", {"img_size": 96})
    assert not is_resized("test_vit", {"img_size": 160})
    assert not is_resized("test_vit", {})


def test_a_model_of_any_size_gets_that_which_it_was_trained_at(tmp_path):
    args = {"img_size": 96, "dynamic_img_size": True}
    path = checkpoint(tmp_path / "a.safetensors", "test_vit", **args)

    backbone = load_backbone("test_vit", checkpoint=path, args=args)
    larger = load_backbone(
        "test_vit", checkpoint=path, args=args, preprocessing={"input_size": (3, 128, 128)}
    )

    assert pictures(backbone).shape == (3, 3, 96, 96)
    assert pictures(larger).shape == (3, 3, 128, 128)


@pytest.mark.parametrize("name", ["test_vit", "test_resnet"])
def test_the_size_of_a_study_is_the_models_own(tmp_path, name):
    size = {"img_size": 64} if name == "test_vit" else {}
    path = checkpoint(tmp_path / "a.safetensors", name, **size)

    backbone = load_backbone(name, checkpoint=path, preprocessing={"input_size": (3, 64, 64)})

    assert pictures(backbone).shape == (3, 3, 64, 64)
    assert prove(backbone, pictures(backbone)) < 1e-4


def test_weights_of_another_size_are_told_so(tmp_path):
    path = checkpoint(tmp_path / "a.safetensors", "test_vit", img_size=96)

    with pytest.raises(
        BadWeightsError, match=r"pos_embed is \(1, 37, 64\).* need .* input_size or"
    ):
        load_backbone("test_vit", checkpoint=path)


def test_two_sizes_that_differ_are_refused(tmp_path):
    name, args = "vit_tiny_patch16_224", {"depth": 1, "img_size": 96}
    path = checkpoint(tmp_path / "a.safetensors", name, **args)
    overlay = args | {"pretrained_cfg_overlay": {"input_size": (3, 64, 64)}}

    with pytest.raises(PreprocessingError, match="3×96×96 .* and input_size says 3×64×64"):
        load_backbone(name, checkpoint=path, args=overlay)
    with pytest.raises(UnsupportedBackboneError, match="Conflicting input image sizes"):
        load_backbone(name, checkpoint=path, args=args, preprocessing={"input_size": (3, 64, 64)})


def test_a_size_that_the_network_cannot_take_is_told(tmp_path):
    path = checkpoint(tmp_path / "a.safetensors", "vgg11", mlp_ratio=0.05, num_classes=4)
    small = load_backbone(
        "vgg11",
        checkpoint=path,
        args={"mlp_ratio": 0.05},
        preprocessing={"input_size": (3, 16, 16)},
    )

    with pytest.raises(UnsupportedBackboneError, match="fails on pictures of 3×16×16"):
        prove(small, pictures(small))


def test_mean_std_interpolation_and_crop_are_those_asked_for(tmp_path, picture):
    path = checkpoint(tmp_path / "a.safetensors", "test_resnet")
    asked = {
        "input_size": (3, 24, 24), "mean": (0.25,), "std": (0.5, 0.25, 0.125),
        "interpolation": "nearest", "crop_pct": 0.75, "crop_mode": "center",
    }  # fmt: skip

    backbone = load_backbone("test_resnet", checkpoint=path, preprocessing=asked)
    given = backbone.transform(picture).numpy()

    resized = np.asarray(picture.resize((32, 32), Image.Resampling.NEAREST))[4:28, 4:28] / 255
    expected = (resized - 0.25) / np.array([0.5, 0.25, 0.125])
    np.testing.assert_allclose(given, expected.transpose(2, 0, 1), atol=1e-6)
    assert "nearest" in backbone.preprocessing


def test_a_gray_model_gets_gray_pictures(tmp_path, picture):
    path = checkpoint(tmp_path / "a.safetensors", "test_resnet", in_chans=1, num_classes=7)
    asked = {"input_size": (1, 64, 64), "crop_pct": 1.0, "mean": (0.5,), "std": (0.25,)}

    backbone = load_backbone("test_resnet", checkpoint=path, preprocessing=asked)
    given = backbone.transform(picture).numpy()

    luma = np.asarray(picture) @ np.array([0.299, 0.587, 0.114])  # ITU-R 601
    np.testing.assert_allclose(given, (luma[None] / 255 - 0.5) / 0.25, atol=0.6 / 255 / 0.25)
    assert prove(backbone, torch.stack([backbone.transform(picture)])) < 1e-4


def test_a_gray_checkpoint_says_so_itself(tmp_path):
    path = checkpoint(tmp_path / "a.safetensors", "test_resnet", in_chans=1)

    backbone = load_backbone("test_resnet", checkpoint=path)  # its mean and std are 0.5 thrice

    assert pictures(backbone).shape[1] == 1
    assert prove(backbone, pictures(backbone)) < 1e-4


def test_a_gray_model_with_a_mean_for_colors_is_asked_about(tmp_path):
    path = checkpoint(tmp_path / "a.safetensors", "test_byobnet", in_chans=1)

    with pytest.raises(PreprocessingError, match=r"1 channel, and its mean has 3 values; give me"):
        load_backbone("test_byobnet", checkpoint=path)
    with pytest.raises(PreprocessingError, match=r"3 channels, and its std has 2 values"):
        load_backbone(
            "test_resnet",
            checkpoint=checkpoint(tmp_path / "b.safetensors", "test_resnet"),
            preprocessing={"std": (0.5, 0.25)},
        )


def test_channels_that_pictures_do_not_have_are_refused(tmp_path):
    path = checkpoint(tmp_path / "a.safetensors", "test_resnet", in_chans=4)

    with pytest.raises(PreprocessingError, match="takes 4 channels; pictures have 3"):
        load_backbone("test_resnet", checkpoint=path, args={"in_chans": 4})


def test_a_separate_head_gets_pictures_of_the_size_too(tmp_path):
    model = timm.create_model("test_vit", num_classes=0, img_size=96)
    save_file(model.state_dict(), tmp_path / "a.safetensors")
    torch.save({"weight": torch.randn(5, 64)}, tmp_path / "head.pth")

    backbone = load_backbone(
        "test_vit",
        checkpoint=tmp_path / "a.safetensors",
        head=tmp_path / "head.pth",
        preprocessing={"input_size": (3, 96, 96)},
    )

    assert backbone.features(pictures(backbone)).shape == (3, 64)
