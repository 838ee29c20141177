"""How fast a network's forward passes are, alone."""

import time

import torch

from flows.extraction.batches import batch_size_of
from flows.extraction.forward import forward
from flows.features.sources import Network


def forward_alone(network: Network, seconds: float) -> float:
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
