"""How many pictures a network takes at once."""

import time

import torch

from flows.extraction.forward import is_out_of_memory, vectors
from flows.features.sources import Network
from sing_core.machine.device import device

#: On a CPU, larger batches than this many values of input leave the caches.
_VALUES = 8 * 224 * 224

_LEAST, _MOST = 8, 64

#: On a GPU: what is tried, the gain that the next size must bring, and the rounds of each.
_TRIED, _GAIN, _ROUNDS = (32, 64, 128, 256, 512), 1.03, 3

#: With fewer pictures than this, trying takes longer than it gains.
_FEW = 4096


def batch_size_of(network: Network, n_pictures: int) -> int:
    """Choose a network's batch size: on a CPU by its input, on a GPU by trying."""
    height, width = network.geometry.size
    if device().type == "cpu":
        fits = _VALUES // (height * width)
        return min(_MOST, max(_LEAST, 1 << max(0, fits.bit_length() - 1)))
    if n_pictures < _FEW:
        return _TRIED[1]
    best, best_rate = _TRIED[0], 0.0
    for size in _TRIED:
        pixels = torch.zeros((size, height, width, len(network.values.mean)), dtype=torch.uint8)
        try:
            rate = size / _seconds(network, pixels.to(device()))
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            break
        if rate < best_rate * _GAIN or network.at_most < size:
            break
        best, best_rate = size, rate
    return best


def _seconds(network: Network, pixels: torch.Tensor) -> float:
    """What a batch takes on a GPU; the first one, which prepares, is not counted."""
    vectors(network, pixels)
    torch.cuda.synchronize()
    begun = time.perf_counter()
    for _ in range(_ROUNDS):
        vectors(network, pixels)
    torch.cuda.synchronize()
    return (time.perf_counter() - begun) / _ROUNDS
