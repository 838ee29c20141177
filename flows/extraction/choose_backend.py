"""What computes forward passes on cores: PyTorch, or ONNX Runtime where a trial shows it faster.

The trial is made once a network and machine, where extraction takes long enough
to pay for it. Both compute in float32; ONNX Runtime is taken only if its vectors
agree with PyTorch's, so features of the two are the same to the last digits.
"""

import json
import statistics
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from flows.extraction.choose_precision import pixels_of
from flows.extraction.forward import vectors
from flows.extraction.timing import forward_alone
from flows.features.sources import Network, Source
from flows.pictures.manifest import Manifest
from flows.terminal.progress import say
from sing_core.machine.cores import n_cores
from sing_core.machine.device import device, name_of_processor
from sing_core.networks import onnx_runtime
from warehouse.digests import digest, sha256
from warehouse.files import whole
from warehouse.layout import DataRoot

#: Raised when the trial changes: what was chosen before is tried again.
_VERSION = 1

#: The gain from which on another backend is taken, and how far its vectors may be off.
_GAIN, _APART = 1.05, 1e-5

#: Writing a network for ONNX Runtime and trying it takes some 20 s: it must be worth it.
_WORTH_S, _FEW = 120.0, 1024

#: How often each is timed, in turns, and for how many seconds; medians count.
_ROUNDS, _SECONDS = 3, 1.5


class Trial(NamedTuple):
    """What came of trying ONNX Runtime with a network.

    Attributes
    ----------
    taken
        Whether it is used.
    why
        In words.
    pictures_per_s
        Its own speed, where it could be timed.
    sha256
        Digest of the exported network.
    """

    taken: bool
    why: str
    pictures_per_s: float | None = None
    sha256: str | None = None


def with_faster_backend(
    network: Network, source: Source, manifest: Manifest, root: DataRoot
) -> Network:
    """Have ONNX Runtime compute a network's vectors, if it is installed, and faster here."""
    if (
        device().type != "cpu"
        or network.precision != "float32"
        or onnx_runtime.lacking() is not None
    ):
        return network
    key = digest(
        [_VERSION, source.vectors.recipe, name_of_processor(), n_cores(), torch.__version__,
         version("onnxruntime")]
    )  # fmt: skip
    record = root.probes / f"{network.name}-{key}.json"
    exported = record.with_suffix(".onnx")
    trial = _read(record)
    if trial is None:
        # By all pictures, not by those that lack: what is extracted in two goes stays the same.
        n = len(manifest.images)
        if n < _FEW or not is_worth_trying(n, forward_alone(network, _SECONDS)):
            return network
        say(f"trying ONNX Runtime with {network.name}")
        with whole(exported) as draft:
            trial = attempt(network, manifest, draft)
        _store(record, trial)
        name = "ONNX Runtime" if trial.taken else "PyTorch"
        say(f"{network.name} is computed by {name}: {trial.why}")
    if not trial.taken:
        exported.unlink(missing_ok=True)
        return network
    if not exported.exists() or sha256(exported) != trial.sha256:
        with whole(exported) as draft:
            _export(network, draft)
        _store(record, trial._replace(sha256=sha256(exported)))
    return replace(network, vectors=onnx_runtime.load(exported), module=None)


def is_worth_trying(n_pictures: int, pictures_per_s: float) -> bool:
    """Whether so many pictures take long enough, at PyTorch's rate, to pay for a trial."""
    return n_pictures >= _FEW and n_pictures / pictures_per_s >= _WORTH_S


def attempt(network: Network, manifest: Manifest, path: Path) -> Trial:
    """Write a network to a file, compare its vectors on pictures of the study, and time both."""
    try:
        _export(network, path)
    except onnx_runtime.NotExportedError as error:
        path.write_bytes(b"")
        return Trial(taken=False, why=f"it cannot be written for ONNX Runtime ({error})")
    other = replace(network, vectors=onnx_runtime.load(path))
    pixels = torch.from_numpy(np.stack(list(pixels_of(network, manifest))))
    apart = _difference(vectors(network, pixels).numpy(), vectors(other, pixels).numpy())
    timed = list(_in_turns(network, other))
    ours, theirs = (statistics.median(rates) for rates in zip(*timed, strict=True))
    why = (
        f"ONNX Runtime takes {theirs:.3g} pictures/s, PyTorch {ours:.3g}; their vectors differ by "
        f"{apart:.1g} of their length"
    )
    taken = bool(theirs >= _GAIN * ours and apart <= _APART)
    return Trial(taken, why, theirs, sha256(path))


def _export(network: Network, path: Path) -> None:
    assert network.module is not None
    height, width = network.geometry.size
    example = torch.zeros(2, len(network.values.mean), height, width)
    onnx_runtime.export(network.module, network.vectors, example, path)


def _in_turns(one: Network, other: Network) -> Iterator[tuple[float, float]]:
    for _ in range(_ROUNDS):
        yield forward_alone(one, _SECONDS), forward_alone(other, _SECONDS)


def _difference(exact: np.ndarray, other: np.ndarray) -> float:
    """The largest difference of two vectors of a picture, relative to its length."""
    apart = np.linalg.norm(exact - other, axis=1)
    return float(np.max(apart / np.linalg.norm(exact, axis=1)))


def _store(path: Path, trial: Trial) -> None:
    with whole(path) as draft:
        draft.write_text(json.dumps(trial._asdict()))


def _read(path: Path) -> Trial | None:
    try:
        return Trial(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
