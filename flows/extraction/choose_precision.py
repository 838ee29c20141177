"""In what precision each network computes: the cheapest that keeps its vectors within a budget."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch

from flows.extraction.forward import vectors
from flows.features.prepared_model import PreparedModel
from flows.features.sources import Network, Source, sources_of
from flows.features.texts import Texts
from flows.pictures.manifest import Manifest
from flows.study.study import Study
from flows.terminal.progress import say
from sing_core.files.images import RejectedImageError, decode
from sing_core.machine.device import device, name_of_device
from sing_core.networks.precision import Precision, largest_angle_deg, less_exact
from warehouse.digests import digest
from warehouse.files import whole
from warehouse.layout import DataRoot

#: Raised when the measurement changes: what was chosen before is measured again.
_VERSION = 1

#: Pictures that it is made on, evenly over the study's.
_PICTURES = 64

#: How often each precision is timed; the fastest time counts.
_ROUNDS = 3


class Choice(NamedTuple):
    """A precision, and the largest angle it was measured to turn a vector by; None of float32."""

    precision: Precision
    angle_deg: float | None


def choose_precision(
    study: Study, manifest: Manifest, models: list[PreparedModel], texts: Texts, root: DataRoot
) -> tuple[list[PreparedModel], Texts]:
    """Choose for each network of a study, as it asks; at once where that was done before."""
    *of_models, of_space = (
        None if source.array is not None else _chosen(study, manifest, source, root)
        for source in sources_of(study, manifest, models, texts, root)
    )
    return list(map(_computing_in, models, of_models)), _computing_in(texts, of_space)


_Maker = TypeVar("_Maker", PreparedModel, Texts)


def _computing_in(maker: _Maker, chosen: Choice | None) -> _Maker:
    if chosen is None:  # given as arrays
        return maker
    return replace(maker, precision=chosen.precision, precision_angle_deg=chosen.angle_deg)


def _chosen(study: Study, manifest: Manifest, source: Source, root: DataRoot) -> Choice:
    asked = study.analysis
    key = digest(
        [_VERSION, source.vectors.recipe, manifest.digest, asked.precision,
         asked.precision_budget_deg, name_of_device(), torch.__version__]
    )  # fmt: skip
    path = root.probes / f"{source.name}-{key}.json"
    if (known := _read(path)) is None:
        network = source.load()
        pixels = torch.from_numpy(np.stack(list(pixels_of(network, manifest))))
        known = measure(network, pixels.to(device()), asked.precision, asked.precision_budget_deg)
        with whole(path) as draft:
            draft.write_text(json.dumps(known._asdict()))
    say(_in_words(source.name, known, study))
    return known


def measure(network: Network, pixels: torch.Tensor, asked: str, budget_deg: float) -> Choice:
    """Take the precision that is asked for if it is within the budget, else the next better one.

    ``fastest`` is asked as all that are faster than float32 here, the fastest first.
    """

    def run(precision: Precision) -> np.ndarray:
        return vectors(replace(network, precision=precision), pixels).cpu().numpy()

    exact = run("float32")
    less = less_exact(pixels.device.type)
    if asked == "fastest":
        took = {one: _seconds(run, one) for one in ("float32", *less)}
        order = [one for one in sorted(less, key=took.__getitem__) if took[one] < took["float32"]]
    else:
        # Of one that is not there, such as TF32 on a CPU, the next better one.
        rank = ("float32", "tf32", "float16", "bfloat16")
        order = [one for one in reversed(less) if rank.index(one) <= rank.index(asked)]
    for precision in order:
        angle_deg = largest_angle_deg(exact, run(precision))
        if angle_deg <= budget_deg:
            return Choice(precision, angle_deg)
    return Choice("float32", None)


def _seconds(run: Callable[[Precision], np.ndarray], precision: Precision) -> float:
    took = []
    for _ in range(1 + _ROUNDS):  # the first one prepares
        begun = time.perf_counter()
        run(precision)
        took.append(time.perf_counter() - begun)
    return min(took[1:])


def pixels_of(network: Network, manifest: Manifest) -> Iterator[np.ndarray]:
    """Pixels of some pictures of the study, evenly over it, as a network takes them."""
    paths = manifest.images["path"]
    rows = np.unique(np.linspace(0, len(paths) - 1, min(_PICTURES, len(paths))).astype(int))
    for row in rows.tolist():
        try:
            yield network.geometry.pixels(decode(manifest.read(paths[row])))
        except (RejectedImageError, OSError):
            continue  # extraction will meet it again, and record it


def _read(path: Path) -> Choice | None:
    try:
        stored: dict[str, Any] = json.loads(path.read_text())
        return Choice(stored["precision"], stored["angle_deg"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _in_words(name: str, chosen: Choice, study: Study) -> str:
    asked, budget = study.analysis.precision, study.analysis.precision_budget_deg
    if chosen.angle_deg is None:
        return (
            f"{name} computes in float32: nothing cheaper, down to {asked}, is faster here and "
            f"turns its vectors by at most {budget:g} degrees"
        )
    return (
        f"{name} computes in {chosen.precision}: that turns its vectors by at most "
        f"{chosen.angle_deg:.2g} degrees (precision = {asked!r}, precision_budget_deg = {budget:g})"
    )
