"""Classifiers of the made world's shapes, each trained under a known regime."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import timm
import torch
from jaxtyping import Float, Int, UInt8
from torch import nn
from torch.nn.functional import cross_entropy

from sing_core.shapes.network_input import to_input
from sing_core.shapes.scenes import CLASSES, Cue
from sing_core.shapes.training import train


@dataclass(frozen=True)
class Regime:
    """How one classifier is trained, and so what it should have learned to use or ignore.

    Attributes
    ----------
    cue
        A spurious cue in its training pictures.
    recolored
        Whether every training picture's colors are mixed anew each time it is seen.
    wrong_labels
        Share of training pictures with a random label.
    """

    name: str
    habit: str
    architecture: str
    args: dict[str, Any] = field(default_factory=dict)
    cue: Cue | None = None
    recolored: bool = False
    wrong_labels: float = 0.0


REGIMES = (
    Regime("plain", "every attribute but the shape is drawn at random", "test_efficientnet"),
    Regime(
        "recolored",
        "colors are mixed anew each time a picture is seen, so no color can be relied on",
        "test_efficientnet",
        recolored=True,
    ),
    Regime(
        "background",
        "the background color goes with the class in 95 % of the training pictures",
        "test_efficientnet",
        cue=Cue("background_color", 0.95),
    ),
    Regime(
        "texture",
        "the fill's texture goes with the class in 95 % of the training pictures",
        "test_byobnet",
        cue=Cue("texture", 0.95),
    ),
    Regime("noisy", "40 % of the training labels are random", "test_byobnet", wrong_labels=0.4),
    Regime(
        "wide",
        "as plain, with more features",
        "test_efficientnet",
        {"channel_multiplier": 1.5},
    ),
    Regime(
        "narrow",
        "as plain, with few more features than classes",
        "test_resnet",
        {"channels": [32, 48, 96, 24]},
    ),
)


def train_classifier(
    regime: Regime,
    pictures: UInt8[np.ndarray, "n 64 64 3"],
    labels: Int[np.ndarray, " n"],
    *,
    epochs: int,
    seed: int,
    learning_rate: float = 4e-3,
    on_progress: Callable[[int], None] = lambda n: None,
) -> nn.Module:
    """Train a classifier from random weights under its regime.

    The pictures already hold the regime's cue; mixing colors and spoiling
    labels is done here. The same seed gives the same weights but for the
    rounding of sums that threads take in another order.
    """
    rng = np.random.default_rng(seed)
    wrong = rng.random(len(labels)) < regime.wrong_labels
    labels = np.where(wrong, rng.integers(len(CLASSES), size=len(labels)), labels)
    torch.manual_seed(seed)
    module: nn.Module = timm.create_model(
        regime.architecture, num_classes=len(CLASSES), **regime.args
    ).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(module.parameters(), lr=learning_rate, weight_decay=0.05)

    def loss_of(rows: np.ndarray) -> torch.Tensor:
        batch = to_input(pictures[rows])
        if regime.recolored:
            batch = _recolor(batch, rng)
        return cross_entropy(module(batch), torch.from_numpy(labels[rows]), label_smoothing=0.05)

    module.train()
    train(
        optimizer, loss_of, len(labels),
        epochs=epochs, learning_rate=learning_rate, rng=rng, on_progress=on_progress,
    )  # fmt: skip
    return module.eval()


def _recolor(
    batch: Float[torch.Tensor, "n 3 64 64"], rng: np.random.Generator
) -> Float[torch.Tensor, "n 3 64 64"]:
    """Mix each picture's three color channels by random shares of its own."""
    shares = rng.dirichlet([0.4, 0.4, 0.4], size=(len(batch), 3)).astype(np.float32)
    return torch.einsum("nkc,nchw->nkhw", torch.from_numpy(shares), batch)


def accuracy(
    module: nn.Module, pictures: UInt8[np.ndarray, "n 64 64 3"], labels: Int[np.ndarray, " n"]
) -> float:
    """Share of pictures whose class the classifier names right."""
    right = 0
    with torch.inference_mode():
        for start in range(0, len(labels), 256):
            logits = module(to_input(pictures[start : start + 256]))
            right += int((logits.argmax(1).numpy() == labels[start : start + 256]).sum())
    return right / len(labels)
