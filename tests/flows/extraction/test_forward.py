"""Forward passes: in the order of their batches, and in halves where memory is small."""

import numpy as np
import pytest
import torch

from flows.extraction.batches import batch_size_of
from flows.extraction.forward import copied_to, forward, vectors
from flows.extraction.meter import Meter
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


class Net:
    def __init__(self):
        self.module = torch.nn.Linear(60, 4)

    def vectors(self, batch):
        return self.module(batch.flatten(1))


def test_a_copy_of_a_network_gives_the_same_on_its_own():
    one = Net()
    net = Network("net", Geometry("", ()), VALUES, one.vectors, 4, one.module)

    other = copied_to(net, torch.device("cpu"))

    np.testing.assert_array_equal(vectors(other, PIXELS), vectors(net, PIXELS))
    torch.nn.init.zeros_(one.module.weight)
    assert not np.array_equal(vectors(other, PIXELS), vectors(net, PIXELS))
    assert copied_to(net, torch.device("meta")).module.weight.is_meta


@pytest.mark.parametrize(("picture_s", "limit"), [(0.0, "forward passes"), (1.5, "decoding")])
def test_the_limit_is_what_is_waited_for(monkeypatch, picture_s, limit):
    now = [0.0]
    monkeypatch.setattr("flows.extraction.meter.time.perf_counter", lambda: now[0])

    class Cores:
        what = "forward passes on 2 cores"

    def slices():
        for _ in range(2):
            now[0] += picture_s
            yield object()

    meter, found = Meter("2 threads", Cores), slices()
    assert meter.limit() == ""  # nobody knows yet
    meter.waiting_for_pictures(found)
    now[0] += 1.25

    assert meter.limit().startswith(f"limited by {limit}")
    assert f"limited by {limit}" in meter.in_words(100)


def sized(height, width):
    geometry = Geometry(f"{height} {width}", (lambda image: image.resize((width, height)),))
    return Network("net", geometry, VALUES, lambda batch: batch, 1)


@pytest.mark.parametrize(
    ("height", "width", "n"), [(224, 224, 8), (380, 380, 8), (64, 64, 64), (128, 128, 16)]
)
def test_on_a_cpu_small_pictures_go_in_larger_batches(height, width, n):
    assert batch_size_of(sized(height, width), 10_000) == n
