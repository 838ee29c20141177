"""Trials drawn by chance for so long, each with a seed of its own, and what came of them."""

import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.torture.box import Boxes
from tests.torture.trials import TRIALS, Trial, operation_fails, operations

#: Between two words on how far it is.
_SAY_S = 15.0


@dataclass
class Result:
    """What came of all trials.

    Attributes
    ----------
    seed
        Draws the same trials again; how many of them is a matter of time.
    told
        By trial, how often, and what each said of itself.
    failures
        What did not end right, with the seed of the one trial.
    """

    seed: int
    told: dict[str, list[str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    _said: float = field(default_factory=time.monotonic)

    def say_how_far(self) -> None:
        """Say now and then how many trials there were."""
        if time.monotonic() - self._said > _SAY_S:
            self._said = time.monotonic()
            n = sum(map(len, self.told.values())) + len(self.failures)
            print(f"{n} trials, {len(self.failures)} failed", file=sys.stderr, flush=True)

    def table(self) -> str:
        """The counts, as Markdown."""
        rows = ["| trial | what is done | times | failed |", "| --- | --- | ---: | ---: |"]
        failed = Counter(failure.split(":")[0].split()[0] for failure in self.failures)
        for trial in TRIALS:
            name = trial.__name__
            what = (trial.__doc__ or "").strip()
            n = len(self.told.get(name, ())) + failed[name]
            rows.append(f"| {name.replace('_', ' ')} | {what} | {n} | {failed[name]} |")
        return "\n".join(rows)


def torture(
    seconds: float, seed: int, n_workers: int = 1, *, without: tuple[str, ...] = (), only: str = ""
) -> Result:
    """Carry out trials for so long; those that have begun then are finished."""
    result, until = Result(seed), time.monotonic() + seconds
    folder = Path(tempfile.mkdtemp(prefix="sing-torture-"))
    lock, seeds = threading.Lock(), random.Random(seed)
    trials = {
        trial: weight
        for trial, weight in TRIALS.items()
        if trial.__name__ not in without and only in ("", trial.__name__)
    }
    try:
        boxes = Boxes(folder)

        def work(_: int) -> None:
            while time.monotonic() < until:
                with lock:
                    own = seeds.randrange(2**32)
                one(result, boxes, own, trials, lock)

        with ThreadPoolExecutor(n_workers) as workers:
            list(workers.map(work, range(n_workers)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def one(
    result: Result, boxes: Boxes, seed: int, trials: dict[Trial, float], lock: threading.Lock
) -> None:
    """Draw a trial by its own seed, and carry it out."""
    rng = random.Random(seed)
    (trial,) = rng.choices(list(trials), list(trials.values()))
    _carry_out(result, boxes, trial.__name__, f"seed {seed}", partial(trial, boxes, rng), lock)


def every_operation(seed: int, n_workers: int = 1) -> Result:
    """Have each operation on a file of an undisturbed run fail once, in turn."""
    result, lock = Result(seed), threading.Lock()
    folder = Path(tempfile.mkdtemp(prefix="sing-torture-"))
    try:
        boxes = Boxes(folder)

        def work(k: int) -> None:
            trial = partial(operation_fails, boxes, random.Random(seed + k), k)
            _carry_out(result, boxes, operation_fails.__name__, f"operation {k}", trial, lock)

        with ThreadPoolExecutor(n_workers) as workers:
            list(workers.map(work, range(1, operations(boxes) + 1)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def _carry_out(
    result: Result,
    boxes: Boxes,
    name: str,
    which: str,
    trial: Callable[[], str],
    lock: threading.Lock,
) -> None:
    try:
        told = trial()
    except Exception as error:
        failure = f"{name} ({which}): {type(error).__name__} {error}"
        with lock:
            result.failures.append(failure)
            print(f"FAILED {failure}", file=sys.stderr, flush=True)
    else:
        with lock:
            result.told.setdefault(name, []).append(told)
    boxes.remove_copies()
    with lock:
        result.say_how_far()
