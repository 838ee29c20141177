"""A small made world for the tests: pictures, classifiers, a space and a study over them."""

import json
from pathlib import Path

import numpy as np
import open_clip
import timm
import torch
from PIL import Image, ImageDraw
from safetensors.torch import save_file

CLASSES = ("apple", "boat", "cat", "drum", "eel")
PHRASES = ("color: red", "color: blue", "shape: round", "stripes", "an old photograph")

CLIP = {
    "model_cfg": {
        "embed_dim": 24,
        "vision_cfg": {
            "image_size": 32, "layers": 1, "width": 32, "patch_size": 16, "head_width": 16,
        },
        "text_cfg": {
            "context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1,
        },
    },
    "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
}  # fmt: skip


def draw_pictures(root: Path, n_per_class: int = 14, seed: int = 0) -> None:
    """Draw pictures of each class: a color and a shape of its own, somewhere, over noise."""
    rng = np.random.default_rng(seed)
    for c, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True, exist_ok=True)
        for i in range(n_per_class):
            draw_picture(root / name / f"{i:03}.png", c, rng)


def draw_picture(path: Path, c: int, rng: np.random.Generator) -> None:
    """Draw one picture of class ``c``."""
    image = Image.fromarray(rng.integers(0, 90, (48, 48, 3), np.uint8))
    x, y, size = rng.integers(0, 24, 3)
    color = tuple(int(v) for v in 100 + 155 * np.array([c & 1, (c >> 1) & 1, (c >> 2) & 1]))
    box = (int(x), int(y), int(x) + 12 + int(size), int(y) + 12 + int(size))
    (ImageDraw.Draw(image).ellipse if c % 2 else ImageDraw.Draw(image).rectangle)(box, fill=color)
    image.save(path)


def save_model(path: Path, name: str, seed: int, **args: object) -> None:
    """Save a classifier of random weights, with a head that is not near zero."""
    torch.manual_seed(seed)
    model = timm.create_model(name, **args)
    for parameter in model.get_classifier().parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    save_file(model.state_dict(), path)


def save_space(folder: Path) -> None:
    """Save an image-text model of random weights in open_clip's local-dir form."""
    folder.mkdir(parents=True)
    (folder / "open_clip_config.json").write_text(json.dumps(CLIP))
    torch.manual_seed(3)
    model = open_clip.CLIP(**CLIP["model_cfg"])
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")


STUDY = """
name = "small"

[images]
root = "pictures"

[space]
model = "local-dir:clip"

[[models]]
id = "res"
timm = "test_resnet"
checkpoint = "res.safetensors"
args = { pretrained_cfg_overlay = { input_size = [3, 64, 64] } }

[[models]]
id = "byob"
timm = "test_byobnet"
checkpoint = "byob.safetensors"
args = { pretrained_cfg_overlay = { input_size = [3, 64, 64] } }

[concepts]
file = "concepts.txt"

[analysis]
bootstrap_draws = 200
shard_size = 16
"""


def make(folder: Path) -> Path:
    """Make the whole world in a folder; returns the study file."""
    draw_pictures(folder / "pictures")
    save_model(folder / "res.safetensors", "test_resnet", 1, num_classes=40)
    save_model(folder / "byob.safetensors", "test_byobnet", 2, num_classes=len(CLASSES))
    save_space(folder / "clip")
    (folder / "concepts.txt").write_text("\n".join(PHRASES) + "\n")
    (folder / "study.toml").write_text(STUDY)
    return folder / "study.toml"
