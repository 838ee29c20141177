"""Measure the truth about each attribute: change it alone in drawn scenes, and see what moves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import torch
from PIL import Image

from flows.features.networks import load_model, load_space
from flows.runs.extracted import ExtractedRun
from flows.runs.linear_readers import read_parts
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import progress
from sing_core.geometry.angles import angle_deg
from sing_core.machine.device import device
from sing_core.scores.counterfactual_moves import counterfactual_moves
from sing_core.shapes.captions import group
from sing_core.shapes.pictures import render_all
from sing_core.shapes.scenes import ATTRIBUTES, Scene, counterfactual, draw_scenes

#: Seed of the scenes that are changed: no study's pictures, and no network's training scenes.
_SEED = 201

_BATCH = 64


@dataclass(frozen=True)
class Pairs:
    """Scenes, and each of them with one attribute changed; as pictures.

    ``pictures`` holds the scenes first and then, attribute by attribute, their
    changed versions.
    """

    n: int
    pictures: np.ndarray

    @classmethod
    def draw(cls, n: int, correlated: float = 0.0) -> "Pairs":
        """Draw ``n`` scenes, as those of a study are drawn, and their changed versions."""
        rng = np.random.default_rng(_SEED)
        before = draw_scenes(n, _SEED, correlated=correlated)
        scenes: list[Scene] = list(before)
        for attribute in ATTRIBUTES:
            scenes += [counterfactual(scene, attribute, rng) for scene in before]
        with progress("drawing scenes with one attribute changed", len(scenes), "pictures") as go:
            return cls(n, render_all(scenes, go))

    def split(self, vectors: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        """Yield each attribute's group with vectors of the scenes before and after."""
        for k, attribute in enumerate(ATTRIBUTES, start=1):
            yield group(attribute), vectors[: self.n], vectors[k * self.n : (k + 1) * self.n]

    def through(
        self,
        what: str,
        transform: Callable[[Any], torch.Tensor],
        forward: Callable[[torch.Tensor], np.ndarray],
    ) -> np.ndarray:
        """Vectors of all pictures by a network, float64."""
        found = []
        with progress(f"{what} on changed scenes", len(self.pictures), "pictures") as advance:
            for start in range(0, len(self.pictures), _BATCH):
                some = [
                    transform(Image.fromarray(p)) for p in self.pictures[start : start + _BATCH]
                ]
                found.append(forward(torch.stack(some).to(device())))
                advance(len(some))
        return np.concatenate(found).astype(np.float64)


def measure_space(run: ExtractedRun, pairs: Pairs) -> dict[str, float]:
    """Per group, how far the space's own embedding moves on average, in degrees."""
    space = load_space(run.study.space)
    vectors = pairs.through(run.study.space.name, space.transform, space.features)
    return {
        name: float(np.nanmean(angle_deg(before, after)))
        for name, before, after in pairs.split(vectors)
    }


def measure_model(run: ExtractedRun, model: StoredModel, pairs: Pairs) -> list[dict[str, Any]]:
    """Return one model's row of each attribute, without run, model and the space's move."""
    backbone = load_model(next(asked for asked in run.study.models if asked.id == model.id))
    features = pairs.through(model.id, backbone.transform, backbone.features)
    probes = _probes(run, model)
    return [
        {
            "attribute": attribute,
            "n": pairs.n,
            **counterfactual_moves(before, after, *model.head, model.spaces, model.translator),
            **probes[attribute],
        }
        for attribute, before, after in pairs.split(features)
    ]


def _probes(run: ExtractedRun, model: StoredModel) -> dict[str, dict[str, float]]:
    """Per group, held-out accuracy of linear probes on the null and the principal part.

    A probe is a ridge regression on the values' indicators.
    """
    known = run.labels.pivot("concept_group", index="image_id", values="phrase")
    groups = [name for name in known.columns if name != "image_id"]
    values = [sorted(known[name].unique()) for name in groups]
    ends = np.cumsum([len(phrases) for phrases in values])
    starts = ends - [len(phrases) for phrases in values]
    own = starts + np.column_stack(
        [
            known[name].cast(pl.Enum(phrases)).to_physical().to_numpy()
            for name, phrases in zip(groups, values, strict=True)
        ]
    )
    row_of = {image_id: row for row, image_id in enumerate(known["image_id"])}

    def indicators(ids: list[str]) -> np.ndarray:
        y = np.zeros((len(ids), int(ends[-1])))
        np.put_along_axis(y, own[[row_of[i] for i in ids]], 1, axis=1)
        return y

    found: dict[str, dict[str, float]] = {
        name: {"probe_chance": 1 / len(phrases)}
        for name, phrases in zip(groups, values, strict=True)
    }
    with progress(f"probing {model.id}", len(run.images), "pictures") as advance:
        read = read_parts(run, model, indicators, advance)
    for side, (guess, truth) in read.items():
        for name, start, end in zip(groups, starts, ends, strict=True):
            right = guess[:, start:end].argmax(1) == truth[:, start:end].argmax(1)
            found[name][f"probe_{side}"] = float(right.mean())
    return found
