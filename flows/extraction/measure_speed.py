"""How fast this machine would extract a study: each stage alone, the whole, and what would help."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from flows.extraction.batches import batch_size_of
from flows.extraction.choose_precision import pixels_of
from flows.extraction.decode import Asked, Decoder
from flows.extraction.forward import forward, vectors
from flows.extraction.pools import SLICE, Workers, decoded
from flows.features.sources import Network, Source
from flows.pictures.manifest import Manifest
from sing_core.machine.allocator import keep_freed_memory
from sing_core.machine.cores import n_cores
from sing_core.machine.device import device
from sing_core.networks.geometry import Geometry
from sing_core.networks.precision import largest_angle_deg, less_exact

#: Pictures that decoding is timed on, at most; seconds that each network is.
_PICTURES, _SECONDS = 2048, 3.0

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
    """

    stage: str
    precision: str | None
    pictures_per_s: float
    angle_deg: float | None = None


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
            rows.append(Speed(network.name, precision, forward_alone(other), told))
    return rows


def whole(rows: Sequence[Speed], precision: str) -> float:
    """Pictures a second of everything: on a GPU the slower stage's, on cores both in turn."""
    decoding, *networks = rows
    forward_s = sum(1 / one.pictures_per_s for one in networks if one.precision == precision)
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
    if device().type == "cuda":
        return "the networks are the limit, and nothing less exact is within the budget"
    return f"the networks are the limit: a GPU, or more cores than {n_cores()}, would help most"


def forward_alone(network: Network, seconds: float = _SECONDS) -> float:
    """Pictures a second of a network's forward passes over pixels that are there already."""
    size = batch_size_of(network, 10_000)
    shape = (size, *network.geometry.size, len(network.values.mean))
    given = torch.randint(0, 255, shape, dtype=torch.uint8)
    with forward() as through:
        (pixels,) = through.received([given])
        assert pixels is not None
        for one in [through.submit(network, pixels) for _ in range(through.ahead)]:
            one()
        begun, n, under_way = time.perf_counter(), 0, []
        while time.perf_counter() - begun < seconds:
            under_way.append(through.submit(network, pixels))
            if len(under_way) > through.ahead:
                under_way.pop(0)()
                n += size
        for one in under_way:
            one()
            n += size
        return n / (time.perf_counter() - begun)


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
