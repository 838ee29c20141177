"""Forward passes: in the order of their batches, and in halves where memory is small."""

import numpy as np
import pytest
import torch

from flows.extraction.batches import batch_size_of
from flows.extraction.forward import forward, vectors
from flows.features.sources import Network
from sing_core.networks.geometry import Geometry, Values

VALUES = Values((0.5, 0.25, 0.0), (0.5, 1.0, 2.0))
PIXELS = torch.randint(0, 256, (7, 4, 5, 3), dtype=torch.uint8)


def network(vectors):
    return Network("net", Geometry("", ()), VALUES, vectors, 60)


def by_hand():
    return (
        ((PIXELS.numpy() / 255.0 - VALUES.mean) / VALUES.std).transpose(0, 3, 1, 2).reshape(7, 60)
    )


def test_pixels_become_values_as_torchvision_makes_them():
    found = vectors(network(lambda batch: batch.flatten(1)), PIXELS)

    np.testing.assert_allclose(found.numpy(), by_hand(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_a_batch_that_memory_is_too_small_for_goes_in_halves_and_that_is_said_once(error, capsys):
    sizes = []

    def small(batch):
        sizes.append(len(batch))
        if len(batch) > 2:
            raise error
        return batch.flatten(1)

    net = network(small)

    for _ in range(2):
        np.testing.assert_allclose(vectors(net, PIXELS).numpy(), by_hand(), rtol=1e-6, atol=1e-6)

    assert sizes == [7, 3] + [1, 1, 1, 1, 1, 1, 1] * 2 or max(sizes[3:]) <= 2
    assert capsys.readouterr().err.count("there is no memory for 7 pictures at once in net") == 1


def test_other_errors_and_memory_for_no_picture_are_raised():
    def never(batch):
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        vectors(network(never), PIXELS)

    def wrong(batch):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        vectors(network(wrong), PIXELS)


def test_batches_come_back_as_they_were_given():
    net = network(lambda batch: batch.flatten(1))

    with forward() as through:
        promised = [through.submit(net, PIXELS[n : n + 1]) for n in range(7)]
        found = np.concatenate([one() for one in promised])

    np.testing.assert_allclose(found, by_hand(), rtol=1e-6, atol=1e-6)
    assert torch.get_num_threads() >= 1


def sized(height, width):
    geometry = Geometry(f"{height} {width}", (lambda image: image.resize((width, height)),))
    return Network("net", geometry, VALUES, lambda batch: batch, 1)


@pytest.mark.parametrize(
    ("height", "width", "n"), [(224, 224, 8), (380, 380, 8), (64, 64, 64), (128, 128, 16)]
)
def test_on_a_cpu_small_pictures_go_in_larger_batches(height, width, n):
    assert batch_size_of(sized(height, width), 10_000) == n
