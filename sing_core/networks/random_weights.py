"""Files of random weights: what a download would bring, of the same shapes, for a rehearsal.

The files are as published ones are, so that whatever loads these loads those.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import open_clip
import torch
from open_clip.pretrained import download_pretrained_from_hf
from safetensors.torch import save_file
from torch import nn

from sing_core.networks import head_inputs
from sing_core.networks.build import build
from sing_core.networks.head_inputs import HeadInput
from sing_core.networks.spaces import SPACE_CONFIG

#: Any seed would do; a fixed one makes a rehearsal repeatable.
_SEED = 0

#: What a tag of open_clip says of preprocessing.
_PREPROCESSING = ("mean", "std", "interpolation", "resize_mode")


def save_classifier(
    path: Path,
    name: str,
    args: dict[str, Any],
    n_classes: int | None,
    asked: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Save a timm classifier of random weights.

    Parameters
    ----------
    asked
        Of its input; see :func:`sing_core.networks.preprocessing.preprocessing`.
    n_classes
        Of its own head; None for as many as timm says.

    Raises
    ------
    UnsupportedBackboneError
        If timm cannot build it.
    """
    if n_classes is not None:
        args = args | {"num_classes": n_classes}
    with _seeded():
        module = build(name, args, asked, pretrained=False)
    head = module.get_classifier()  # type: ignore[operator]
    if isinstance(head, nn.Linear | nn.Conv2d):
        # Some heads start as zeros, which have rank 0.
        with _seeded():
            nn.init.normal_(head.weight, std=0.02)
    _save(module, path)


def save_backbone_and_head(
    path: Path,
    head: Path,
    name: str,
    args: dict[str, Any],
    *,
    head_input: HeadInput,
    n_classes: int,
    asked: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Save a timm model of random weights without a head, and a linear head as wide as its input.

    Raises
    ------
    UnsupportedBackboneError
        If timm cannot build it.
    """
    with _seeded():
        module = build(name, args | {"num_classes": 0}, asked, pretrained=False)
    _save(module, path)
    with _seeded():
        _save(nn.Linear(head_inputs.width(module, head_input), n_classes), head)


def save_space(folder: Path, model: str, pretrained: str | None) -> None:
    """Save an open_clip model of random weights in the form of ``local-dir:``.

    It has the model's widths, tokens and preprocessing, but transformers of one
    layer: through all of them, the names of a thousand classes would take
    longer than the classifiers. A tokenizer that is not open_clip's own is the
    model's: its files lie in the model's folder, or in a hub's cache.
    """
    folder.mkdir(parents=True)
    if model.startswith("local-dir:"):
        local = Path(model.removeprefix("local-dir:"))
        config = json.loads((local / SPACE_CONFIG).read_text())
    elif model.startswith("hf-hub:"):
        found = download_pretrained_from_hf(model.removeprefix("hf-hub:"), filename=SPACE_CONFIG)
        config = json.loads(Path(found).read_text())
    else:
        tag = open_clip.get_pretrained_cfg(model, pretrained) or {}
        preprocessing = {key: tag[key] for key in _PREPROCESSING if key in tag}
        config = {
            "model_cfg": open_clip.get_model_config(model),
            "preprocess_cfg": preprocessing,
        }
    for tower in ("vision_cfg", "text_cfg"):
        if isinstance(config["model_cfg"][tower].get("layers"), int):
            config["model_cfg"][tower]["layers"] = 1
    (folder / SPACE_CONFIG).write_text(json.dumps(config))
    if config["model_cfg"]["text_cfg"].get("hf_tokenizer_name"):
        open_clip.get_tokenizer(model).save_pretrained(folder)
    with _seeded(), _no_warnings():
        # Without pretrained_text, a text tower of another library would be fetched.
        module = open_clip.create_model(
            f"local-dir:{folder}", load_weights=False, pretrained_text=False
        )
    _save(module, folder / "open_clip_model.safetensors")


def _save(module: nn.Module, path: Path) -> None:
    save_file({key: value.contiguous() for key, value in module.state_dict().items()}, path)


@contextmanager
def _seeded() -> Iterator[None]:
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(_SEED)
        yield


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Keep open_clip from warning of what is wanted here: that weights are random."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
