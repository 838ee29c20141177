"""Measure the truth about each attribute: change it alone in drawn scenes, and see what moves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
import torch
from PIL import Image

from flows.decompose_heads import spaces_of
from flows.embed_texts import load_space
from flows.fit_translators import load_translator
from flows.linear_readers import read_off
from flows.prepare_models import Head, load_model
from flows.progress import progress
from flows.runs import Inputs
from sing_core.angles import angle_deg
from sing_core.backbones import device
from sing_core.shapes.captions import group
from sing_core.shapes.pictures import render_all
from sing_core.shapes.scenes import ATTRIBUTES, Scene, counterfactual, draw_scenes
from warehouse.layout import DataRoot

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
    def draw(cls, n: int) -> "Pairs":
        """Draw ``n`` scenes and their changed versions."""
        rng = np.random.default_rng(_SEED)
        before = draw_scenes(n, _SEED)
        scenes: list[Scene] = list(before)
        for attribute in ATTRIBUTES:
            scenes += [counterfactual(scene, attribute, rng) for scene in before]
        with progress("drawing scenes with one attribute changed", len(scenes), "pictures") as go:
            return cls(n, render_all(scenes, go))

    def split(self, vectors: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        """Yield each attribute's group with vectors of the scenes before and after."""
        for k, attribute in enumerate(ATTRIBUTES, start=1):
            yield group(attribute), vectors[: self.n], vectors[k * self.n : (k + 1) * self.n]

    def through(self, what: str, transform, forward) -> np.ndarray:
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


def measure_space(inputs: Inputs, pairs: Pairs) -> dict[str, float]:
    """Per group, how far the space's own embedding moves on average, in degrees."""
    space = load_space(inputs.study.space)
    vectors = pairs.through(inputs.study.space.name, space.transform, space.features)
    return {
        name: float(np.nanmean(angle_deg(before, after)))
        for name, before, after in pairs.split(vectors)
    }


def measure_model(
    inputs: Inputs, head: Head, pairs: Pairs, run_id: str, root: DataRoot
) -> list[dict[str, float | str | int]]:
    """Return one model's row of each attribute, without run, model and the space's move."""
    name = head.about.model
    model = next(model for model in inputs.study.models if model.id == name)
    backbone = load_model(model)
    features = pairs.through(name, backbone.transform, backbone.features)
    spaces, translator = (
        spaces_of(head, run_id, root),
        load_translator(run_id, name, root),
    )
    weight, bias = (array.astype(np.float64) for array in head.arrays())
    probes = _probes(inputs, head, run_id, root)
    rows: list[dict[str, float | str | int]] = []
    for attribute, before, after in pairs.split(features):
        change = after - before
        null = change @ spaces.null
        null_moved = null @ (translator.weight @ spaces.null).T
        rest_moved = change @ translator.weight.T - null_moved
        a, b = np.square(null_moved).sum(), np.square(rest_moved).sum()
        logits = (before @ weight.T + bias, after @ weight.T + bias)
        rows.append(
            {
                "attribute": attribute,
                "n": pairs.n,
                "null_share": float(np.square(null).sum() / np.square(change).sum()),
                "null_share_translated": float(a / (a + b)),
                "logit_move_l2": float(np.linalg.norm(logits[1] - logits[0], axis=1).mean()),
                "flipped_share": float((logits[0].argmax(1) != logits[1].argmax(1)).mean()),
                **probes[attribute],
            }
        )
    return rows


def _probes(inputs: Inputs, head: Head, run_id: str, root: DataRoot) -> dict[str, dict[str, float]]:
    """Per group, held-out accuracy of linear probes on the null and the principal part.

    A probe is a ridge regression on the values' indicators.
    """
    known = inputs.labels.pivot("concept_group", index="image_id", values="phrase")
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
    for side, (guess, truth) in read_parts(inputs, head, indicators, run_id, root).items():
        for name, start, end in zip(groups, starts, ends, strict=True):
            right = guess[:, start:end].argmax(1) == truth[:, start:end].argmax(1)
            found[name][f"probe_{side}"] = float(right.mean())
    return found


def read_parts(
    inputs: Inputs,
    head: Head,
    targets: Callable[[list[str]], np.ndarray],
    run_id: str,
    root: DataRoot,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read targets (n × t) off the ``null`` and off the ``principal`` part of held-out pictures."""
    spaces = spaces_of(head, run_id, root)
    views = {"null": spaces.null, "principal": spaces.principal}
    read = read_off(inputs, head, views, targets, run_id, root)
    return {name: (some.guess(), some.truth) for name, some in read.items()}
