"""An image-text model of the made world, in open_clip's own classes, trained by contrast.

Two contrasts are learned at once. Between pictures and the captions of a batch,
where every caption that is true of a picture counts as its own, not only the
one that was written for it. And, for every attribute, between sentences that
differ in its value alone ("a red shape", "a blue shape"): without these the
fine attributes take many times as long to appear.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import open_clip
import torch
from jaxtyping import Float, UInt8
from torch import nn
from torch.nn.functional import cross_entropy

from sing_core.shapes.captions import Captioner, class_caption, phrase, truth
from sing_core.shapes.network_input import MEAN, STD, to_input
from sing_core.shapes.renderer import SIDE
from sing_core.shapes.scenes import ATTRIBUTES, Scene, codes
from sing_core.shapes.training import train

#: open_clip's configuration. The vocabulary is open_clip's own, so any phrase can be asked.
CONFIG: dict[str, Any] = {
    "model_cfg": {
        "embed_dim": 128,
        "custom_text": True,
        "vision_cfg": {
            "timm_model_name": "test_efficientnet",
            "timm_model_pretrained": False,
            "timm_pool": "avg",
            "timm_proj": "linear",
            "image_size": SIDE,
        },
        "text_cfg": {
            "context_length": 28, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2,
        },
    },
    "preprocess_cfg": {
        "mean": list(MEAN), "std": list(STD), "interpolation": "bilinear",
        "resize_mode": "shortest", "size": [SIDE, SIDE],
    },
}  # fmt: skip

_MOST_SCALE = math.log(100)
_STARTS = ("", "an image of ", "a picture of ", "a drawing of ", "there is ")

#: How much the contrast of an attribute's values counts: more where it is hard to see.
_WEIGHTS = {
    "shape": 4.0, "fill_color": 2.0, "texture": 2.0, "position": 2.0, "rotation": 3.0,
    "distractors": 2.0,
}  # fmt: skip


def train_image_text(
    scenes: Sequence[Scene],
    pictures: UInt8[np.ndarray, "n 64 64 3"],
    *,
    epochs: int,
    seed: int,
    learning_rate: float = 3e-3,
    on_progress: Callable[[int], None] = lambda n: None,
) -> nn.Module:
    """Train from random weights on scenes, their pictures, and captions written anew each time."""
    rng = np.random.default_rng(seed)
    captioner = Captioner(seed)
    torch.manual_seed(seed)
    sizes = {key: value for key, value in CONFIG["model_cfg"].items() if key != "custom_text"}
    model: Any = open_clip.CustomTextCLIP(**sizes).to(memory_format=torch.channels_last)
    tokenizer = _tokenizer()
    described = codes(list(scenes))
    optimizer = torch.optim.AdamW(_groups(model), lr=learning_rate, betas=(0.9, 0.98))

    def loss_of(rows: np.ndarray) -> torch.Tensor:
        _limit_scale(model)
        captions = [captioner.caption(scenes[i]) for i in rows]
        starts = rng.choice(_STARTS, size=len(ATTRIBUTES))
        texts = [
            start + phrase(name, value)
            for start, (name, values) in zip(starts, ATTRIBUTES.items(), strict=True)
            for value in values
        ]
        image = model.encode_image(to_input(pictures[rows]), normalize=True)
        text = model.encode_text(
            tokenizer([caption.text for caption in captions] + texts), normalize=True
        )
        alike = model.logit_scale.exp() * image @ text.T
        true = torch.from_numpy(truth(captions, described[rows]).T)
        loss: torch.Tensor = _caption_loss(alike[:, : len(rows)], true) + _value_loss(
            alike[:, len(rows) :], torch.from_numpy(described[rows])
        )
        return loss

    model.train()
    train(
        optimizer, loss_of, len(scenes),
        epochs=epochs, learning_rate=learning_rate, rng=rng, on_progress=on_progress,
    )  # fmt: skip
    _limit_scale(model)
    trained: nn.Module = model.eval()
    return trained


def _limit_scale(model: Any) -> None:
    with torch.no_grad():
        model.logit_scale.clamp_(0, _MOST_SCALE)


def _tokenizer() -> Callable[[list[str]], torch.Tensor]:
    length = CONFIG["model_cfg"]["text_cfg"]["context_length"]
    tokenizer: Callable[[list[str]], torch.Tensor] = open_clip.SimpleTokenizer(
        context_length=length
    )
    return tokenizer


def _groups(model: nn.Module) -> list[dict[str, Any]]:
    """Weight decay for matrices only: an unused word's embedding stays as it was drawn."""
    free = [p for n, p in model.named_parameters() if p.ndim < 2 or "embedding" in n]
    held = [p for n, p in model.named_parameters() if not (p.ndim < 2 or "embedding" in n)]
    return [{"params": free, "weight_decay": 0.0}, {"params": held, "weight_decay": 0.05}]


def _caption_loss(alike: Float[torch.Tensor, "n n"], true: torch.Tensor) -> Float[torch.Tensor, ""]:
    """Contrast in both directions, the target shared evenly by all that is true."""
    share = true.float()
    by_image = share / share.sum(1, keepdim=True)
    by_caption = share / share.sum(0, keepdim=True)
    rows = -(by_image * alike.log_softmax(1)).sum(1).mean()
    columns = -(by_caption * alike.log_softmax(0)).sum(0).mean()
    return (rows + columns) / 2


def _value_loss(
    alike: Float[torch.Tensor, "n v"], described: torch.Tensor
) -> Float[torch.Tensor, ""]:
    """For each attribute, the contrast between the sentences of its values."""
    loss, first = torch.zeros(()), 0
    for column, (name, values) in enumerate(ATTRIBUTES.items()):
        some = alike[:, first : first + len(values)]
        loss = loss + _WEIGHTS.get(name, 1.0) * cross_entropy(some, described[:, column])
        first += len(values)
    return loss


def zero_shot(
    model: Any, scenes: Sequence[Scene], pictures: UInt8[np.ndarray, "n 64 64 3"]
) -> dict[str, float]:
    """Per attribute, the share of pictures whose value is named right by the nearest phrase."""
    tokenizer, described = _tokenizer(), codes(list(scenes))
    right = {}
    with torch.inference_mode():
        image = torch.cat(
            [
                model.encode_image(to_input(pictures[i : i + 256]), normalize=True)
                for i in range(0, len(pictures), 256)
            ]
        )
        for column, (name, values) in enumerate(ATTRIBUTES.items()):
            texts = [class_caption(v).text if name == "shape" else phrase(name, v) for v in values]
            text = model.encode_text(tokenizer(texts), normalize=True)
            right[name] = float(((image @ text.T).argmax(1).numpy() == described[:, column]).mean())
    return right
