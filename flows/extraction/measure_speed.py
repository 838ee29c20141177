"""How fast this machine would extract a study: each stage alone, the whole, and what would help."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from flows.extraction.choose_backend import attempt, is_worth_trying
from flows.extraction.choose_precision import pixels_of
from flows.extraction.decode import Asked, Decoder
from flows.extraction.forward import vectors
from flows.extraction.pools import SLICE, Workers, decoded
from flows.extraction.timing import forward_alone
from flows.features.sources import Network, Source
from flows.pictures.manifest import Manifest
from sing_core.machine.allocator import keep_freed_memory
from sing_core.machine.cores import n_cores
from sing_core.machine.device import device
from sing_core.networks import onnx_runtime
from sing_core.networks.geometry import Geometry
from sing_core.networks.precision import largest_angle_deg, less_exact

#: Pictures that decoding is timed on, at most; seconds that each network is.
_PICTURES, _SECONDS = 2048, 3.0

#: What is told of a network that is not computed by PyTorch.
_BY_ONNX = "float32 by ONNX Runtime"

#: Sides of the matrices that the machine's limit is measured by.
_SIDE = 4096


@dataclass(frozen=True)
class Speed:
    """Pictures a second of one stage.

    Attributes
    ----------
    angle_deg
        Of a network in less than float32, the largest angle by which that turned a
        vector of the pictures that it was measured on.
    why_not
        Of what a run would not use, the reason.
    """

    stage: str
    precision: str | None
    pictures_per_s: float
    angle_deg: float | None = None
    why_not: str | None = None


def measure_speed(manifest: Manifest, sources: Sequence[Source]) -> list[Speed]:
    """Time decoding and every network, in all precisions that the machine has."""
    keep_freed_memory()
    networks = [source.load() for source in sources if source.array is None]
    geometries = list(dict.fromkeys(network.geometry for network in networks))
    workers = Workers.choose(len(manifest.images), on_gpu=device().type == "cuda")
    rows = [Speed(f"decoding by {workers}", None, decoding_alone(manifest, geometries, workers))]
    for network in networks:
        pixels = torch.from_numpy(np.stack(list(pixels_of(network, manifest)))).to(device())
        exact = vectors(network, pixels).cpu().numpy()
        for precision in ("float32", *less_exact(device().type)):
            other = replace(network, precision=precision)
            angle_deg = largest_angle_deg(exact, vectors(other, pixels).cpu().numpy())
            told = None if precision == "float32" else angle_deg
            rows.append(Speed(network.name, precision, forward_alone(other, _SECONDS), told))
        if device().type == "cpu" and onnx_runtime.lacking() is None:
            (own,) = (
                row for row in rows if (row.stage, row.precision) == (network.name, "float32")
            )
            rows.append(_by_onnx_runtime(network, manifest, own.pictures_per_s))
    return rows


def _by_onnx_runtime(network: Network, manifest: Manifest, own_per_s: float) -> Speed:
    with TemporaryDirectory(prefix="sing-doctor-") as folder:
        trial = attempt(network, manifest, Path(folder) / "network.onnx")
    why_not = None if trial.taken else trial.why
    if trial.taken and not is_worth_trying(len(manifest.images), own_per_s):
        why_not = "a run over so few pictures does not try it"
    return Speed(network.name, _BY_ONNX, trial.pictures_per_s or 0.0, why_not=why_not)


def whole(rows: Sequence[Speed], precision: str) -> float:
    """Pictures a second of everything: on a GPU the slower stage's, on cores both in turn."""
    decoding, *networks = rows
    rates: dict[str, float] = {}
    for one in networks:
        used = one.precision == precision or (precision == "float32" and one.precision == _BY_ONNX)
        if used and one.why_not is None:
            rates[one.stage] = max(rates.get(one.stage, 0.0), one.pictures_per_s)
    forward_s = sum(1 / rate for rate in rates.values())
    decoding_s = 1 / decoding.pictures_per_s
    return 1 / (max(forward_s, decoding_s) if device().type == "cuda" else forward_s + decoding_s)


def advice(rows: Sequence[Speed], budget_deg: float) -> str:
    """What would help most."""
    decoding, *networks = rows
    now = whole(rows, "float32")
    if device().type == "cuda" and now >= 0.95 * decoding.pictures_per_s:
        return f"decoding is the limit: more cores than {n_cores()} would help most"
    gains = {}
    for precision in less_exact(device().type):
        angles = [one.angle_deg or 0.0 for one in networks if one.precision == precision]
        if max(angles) <= budget_deg and whole(rows, precision) > 1.05 * now:
            gains[precision] = (whole(rows, precision) / now, max(angles))
    if gains:
        best = max(gains, key=lambda one: gains[one][0])
        times, angle_deg = gains[best]
        return f"precision = {best!r} would give {times:.1f} times at {angle_deg:.2g}°"
    if device().type == "cpu" and (package := onnx_runtime.lacking()) is not None:
        return (
            f"ONNX Runtime may be faster on these cores, but {package} is not installed: "
            "pip install 'sing-null-space[onnx]'"
        )
    if device().type == "cuda":
        return "the networks are the limit, and nothing less exact is within the budget"
    return f"the networks are the limit: a GPU, or more cores than {n_cores()}, would help most"


def decoding_alone(manifest: Manifest, geometries: Sequence[Geometry], workers: Workers) -> float:
    """Pictures a second of decoding, handed over and thrown away; the start is not counted."""
    assert manifest.root is not None  # only pictures are decoded
    rows = manifest.images.select("image_id", "path", "sha256").head(_PICTURES).rows()
    asked = [Asked._make((n, *row, (1 << len(geometries)) - 1)) for n, row in enumerate(rows)]
    # Those that come while processes start are not timed.
    first = [asked[: 4 * SLICE]] * (4 * workers.n if workers.are_processes else 1)
    slices = [asked[start : start + SLICE] for start in range(0, len(asked), SLICE)]
    decoder = Decoder(manifest.root, geometries)
    with decoded(decoder, [*first, *slices], workers, str) as found:
        for _ in first:
            next(found)
        begun = time.perf_counter()
        for _ in found:
            pass
        return len(asked) / (time.perf_counter() - begun)


def products_per_s() -> float:
    """Billions of float32 operations a second of large matrix products: the machine's limit."""
    a = torch.randn(_SIDE, _SIDE, device=device())
    _ = float((a @ a)[0, 0])
    begun = time.perf_counter()
    for _ in range(4):
        b = a @ a
    _ = float(b[0, 0])
    return 4 * 2 * _SIDE**3 / (time.perf_counter() - begun) / 1e9
