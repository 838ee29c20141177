"""Decoding in threads and in processes: the same pixels, and what ends a process is told."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import transforms

from flows.extraction import pools
from flows.extraction.decode import Asked, Decoder
from flows.extraction.pools import Workers, decoded
from flows.features.sources import ExtractionError
from sing_core.networks.geometry import Geometry
from sing_core.networks.preprocessing import in_two
from tests.support.processes import in_session

THREADS, PROCESSES = Workers(2, are_processes=False), Workers(2, are_processes=True)


def geometry(size):
    steps = [transforms.Resize(size), transforms.CenterCrop(size), transforms.ToTensor()]
    return in_two(transforms.Compose([*steps, transforms.Normalize([0.5] * 3, [0.5] * 3)]))[0]


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for n in range(40):
        pixels = rng.integers(0, 255, (30 + n, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{n:02}.png")
    (tmp_path / "13.png").write_bytes((tmp_path / "13.png").read_bytes()[:300])
    return tmp_path


def slices(folder, size=7):
    asked = [
        Asked(n, f"id{n}", path.name, hashlib.sha256(path.read_bytes()).hexdigest(), n % 3 + 1)
        for n, path in enumerate(sorted(folder.glob("*.png")))
    ]
    return [asked[start : start + size] for start in range(0, len(asked), size)]


def decode(folder, workers, geometries=None):
    decoder = Decoder(folder, geometries or [geometry(24), geometry(16)])
    with decoded(decoder, slices(folder), workers, lambda row: f"{row:02}.png") as found:
        return list(found)


def test_processes_and_threads_give_the_same_pixels_in_the_same_order(folder):
    by_threads, by_processes = decode(folder, THREADS), decode(folder, PROCESSES)

    assert len(by_threads) == len(by_processes) == 6
    for ours, theirs in zip(by_threads, by_processes, strict=True):
        assert [one.row for one in ours.asked] == [one.row for one in theirs.asked]
        assert ours.refused == theirs.refused
        assert all(map(torch.equal, ours.pixels, theirs.pixels))
    (refused,) = [one for one in by_threads if one.refused]
    assert "broken picture" in refused.refused[6]


def test_each_picture_is_made_into_the_pixels_of_the_geometries_that_want_it(folder):
    first = decode(folder, THREADS)[0]

    # Rows 0 to 6 want the first, the second, both, and so on.
    by_hand = [np.asarray(Image.open(folder / f"{n:02}.png").convert("RGB")) for n in range(7)]
    for place, size in ((0, 24), (1, 16)):
        wanted = [n for n in range(7) if (n % 3 + 1) >> place & 1]
        resize = transforms.Compose([transforms.Resize(size), transforms.CenterCrop(size)])
        expected = [np.asarray(resize(Image.fromarray(by_hand[n]))) for n in wanted]
        np.testing.assert_array_equal(first.pixels[place].numpy(), np.stack(expected))


class Kills:
    """A step that kills its process at one picture, as a crashing decoder would."""

    def __init__(self, height, number):
        self.height, self.number = height, number

    def __call__(self, image):
        if image.size[1] == self.height:
            os.kill(os.getpid(), self.number)
            time.sleep(60)
        return image.resize((8, 8))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS])
def test_a_picture_that_ends_its_process_ends_the_run_in_a_sentence_with_its_name(folder, number):
    kills = [Geometry("kills", (Kills(30 + 21, number),))]

    with pytest.raises(ExtractionError, match=r"killed or crashed while it was at 21.png; run"):
        decode(folder, PROCESSES, kills)


@pytest.mark.parametrize("workers", [THREADS, PROCESSES])
@pytest.mark.parametrize("what", ["changed", "gone", "a folder"])
def test_a_picture_that_is_not_the_one_that_was_listed_ends_the_run(folder, workers, what):
    decoder, asked = Decoder(folder, [geometry(16)]), slices(folder)
    path = folder / "20.png"
    path.unlink()
    if what == "changed":
        path.write_bytes(b"other")
    elif what == "a folder":
        path.mkdir()

    with (
        pytest.raises(ExtractionError, match=r"20.png changed while .*; run the study again$"),
        decoded(decoder, asked, workers, str) as found,
    ):
        list(found)


def test_processes_are_chosen_where_they_pay_and_there_is_room(monkeypatch, capsys):
    def choose(n, cores, gpu=False):
        monkeypatch.setattr(pools, "n_cores", lambda: cores)
        return str(Workers.choose(n, on_gpu=gpu))

    assert choose(100_000, 2) == "2 threads"
    assert choose(100_000, 16) == "16 processes"
    assert choose(100_000, 4, gpu=True) == "4 processes"
    assert choose(100, 16, gpu=True) == "16 threads"
    assert choose(100_000, 1) == "1 thread"
    roomy = Workers(16, are_processes=True)
    assert roomy.with_room_for(3 * 64 * 64) == roomy
    assert str(roomy.with_room_for(2**40)) == "16 threads"
    assert "MiB are needed" in capsys.readouterr().err.replace("and ", "MiB are needed ")


SCRIPT = """
import sys, time
from pathlib import Path
from tests.flows.extraction.test_pools import PROCESSES, decoded, Decoder, slices, geometry
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    many = slices(folder) * 1000
    with decoded(Decoder(folder, [geometry(16)]), many, PROCESSES, str) as found:
        next(found)
        print("begun", flush=True)
        for one in found:
            time.sleep(0.01)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_process_is_left_behind(folder, tmp_path, number):
    script = tmp_path / "decodes.py"
    script.write_text(SCRIPT)
    child = subprocess.Popen(
        [sys.executable, script, folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}, start_new_session=True,
    )  # fmt: skip
    assert child.stdout.readline() == b"begun\n"
    assert len(in_session(child.pid)) >= 4  # itself, the server that forks, two that decode

    child.send_signal(number)
    child.wait(30)

    until = time.monotonic() + 30
    while (left := in_session(child.pid)) and time.monotonic() < until:
        time.sleep(0.2)
    assert not left
