"""A small world to be tortured: copies of it, commands in processes of their own, and the truth."""

import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb

from tests.support import world
from tests.support.processes import PROCESSES, programs
from tests.support.stored import TABLES
from warehouse.layout import DataRoot
from warehouse.upkeep.examine import examine

#: What no sentence may hold.
JARGON = ("fault of the program", "Traceback", "leaked", "KeyError", "AttributeError")

#: What is asked of a finished world, and the pages that are opened.
QUESTIONS = {
    "phrase": ("phrase", "small", "stripes", "--json"),
    "findings": ("findings", "small"),
    "sql": ("sql", "from main.image_scores order by all", "--format", "csv"),
}
PAGES = ("models", "classes", "concepts", "image", "steering", "validation", "runs")

#: The study is run again with this changed: another run over the same features.
CHANGE = ("bootstrap_draws = 200", "bootstrap_draws = 300")


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, minus a signal's number, and what it said."""

    code: int
    out: str
    said: str

    def require_sentence(self, about: str) -> None:
        """Make sure that it failed in words."""
        assert self.code in (1, 2), f"{about}: exit code {self.code}; {self.said[-800:]}"
        last = f"\n{self.said}".rpartition("\nsing: ")
        assert last[1], f"{about}: no sentence at the end: {self.said[-800:]}"
        assert not any(word in self.said for word in JARGON), f"{about}: {self.said[-1500:]}"


@dataclass
class Box:
    """One copy of the world."""

    folder: Path
    expected: dict = field(default_factory=dict)

    @property
    def study(self) -> Path:
        return self.folder / "study.toml"

    @property
    def root(self) -> DataRoot:
        return DataRoot(self.folder / "data")

    def change(self) -> None:
        text = self.study.read_text()
        self.study.write_text(text.replace(*CHANGE))

    def start(self, *arguments: object, harm: Callable[[], None] | None = None) -> "Child":
        line = [*map(str, arguments), "--data", str(self.root.path)]
        return self._child(partial(_carry_out, line), harm)

    def page(self, name: str) -> Ended:
        """Open a page of the dashboard; what it says."""
        return self._child(partial(_draw, name, self.root.path)).ended()

    def _child(self, work: Callable[[], int], harm: Callable[[], None] | None = None) -> "Child":
        return Child(work, Path(tempfile.mkdtemp(dir=self.folder.parent)), harm)

    def command(self, *arguments: object, harm: Callable[[], None] | None = None) -> Ended:
        return self.start(*arguments, harm=harm).ended()

    def run(self, *more: object, harm: Callable[[], None] | None = None) -> Ended:
        return self.command("run", self.study, "--plain", *more, harm=harm)

    def finish(self, about: str) -> None:
        """Run the study undisturbed: it ends as if nothing had happened."""
        ended = self.run()
        assert ended.code == 0, f"{about}, then undisturbed: {ended.code}; {ended.said[-1500:]}"
        self.require_right(about)
        left = [str(damage.path) for damage in examine(self.root)]
        assert not left, f"{about}: left over {left}"
        assert not (left := self.processes()), f"{about}: processes left over: {left}"

    def processes(self, patience_s: float = 30) -> list[str]:
        """Programs that still serve this world when nothing is asked of it, given time to end."""
        until = time.monotonic() + patience_s
        while (found := programs(str(self.root.path))) and time.monotonic() < until:
            time.sleep(0.2)
        return found

    def require_right(self, about: str, expected: dict | None = None) -> None:
        """Make sure that the published tables are those of an undisturbed run, to the bit."""
        found, wanted = self.tables(), expected or self.expected
        differ = [name for name in TABLES if found[name] != wanted[name]]
        assert not differ, f"{about}: tables {differ} are not those of an undisturbed run"

    def tables(self) -> dict[str, list[tuple]]:
        """Every published row, but for times, places and digests of files."""
        link = self.root.path / "sing.duckdb"
        with duckdb.connect(str(link), read_only=True) as database:
            found = {
                name: database.sql(f"from main.{name} order by all").fetchall() for name in TABLES
            }
            found["runs"] = database.sql(
                "select run_id, status, serial from main.runs where status = 'finished' order by 3"
            ).fetchall()
            found["artifacts"] = database.sql(
                "select run_id, kind, model, path from main.artifacts order by all"
            ).fetchall()
        return found


class Child:
    """A command in a process of its own, forked from one that has imported everything."""

    def __init__(
        self, work: Callable[[], int], folder: Path, harm: Callable[[], None] | None
    ) -> None:
        self.folder = folder
        self.process = PROCESSES.Process(target=_enter, args=(work, folder, harm))
        self.process.start()

    def kill_after(self, seconds: float) -> None:
        self.process.join(seconds)
        if self.process.is_alive():
            os.kill(self.process.pid, signal.SIGKILL)

    def ended(self, timeout_s: float = 120) -> Ended:
        self.process.join(timeout_s)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
            raise AssertionError(f"it did not end in {timeout_s:.0f} s")
        out, said = (
            path.read_text(errors="replace") if path.exists() else ""
            for path in (self.folder / "out", self.folder / "err")
        )
        # The server that forks loses a child's exit code now and then, and says 255 for it.
        told = self.folder / "code"
        code = int(told.read_text()) if told.exists() else self.process.exitcode
        return Ended(code, out, said)


def _enter(work: Callable[[], int], folder: Path, harm: Callable[[], None] | None) -> None:
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), number)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    from flows.terminal.progress import console

    console.file = sys.stderr
    if harm is not None:
        harm()
    code = work()
    sys.stdout.flush()
    sys.stderr.flush()
    (folder / "code").write_text(str(code))
    os._exit(code)


def _carry_out(line: list[str]) -> int:
    from flows import cli

    return cli.command(line)


def _draw(name: str, root: Path) -> int:
    from streamlit.testing.v1 import AppTest

    os.environ["SING_DATA"] = str(root)
    at = AppTest.from_string(f"from dashboards.app import main\nmain({name!r})").run(timeout=100)
    for kind in ("header", "subheader", "markdown", "caption", "info", "warning", "error"):
        print(*(f"{kind}: {element.value}" for element in getattr(at, kind)), sep="\n")
    print(*(table.value.to_csv() for table in at.dataframe))
    assert not at.exception, at.exception
    return 0


class Boxes:
    """Copies of the world before its first run, and after it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._copies = folder, threading.local()
        first = Box(folder / "first")
        world.make(first.folder)
        shutil.copytree(first.folder, folder / "before")
        first.command("runs")  # the process that others are forked from takes seconds to start
        started = time.monotonic()
        ended = first.run()
        assert ended.code == 0, ended.said
        #: How long an undisturbed run takes, in seconds.
        self.took_s = time.monotonic() - started
        self.once = first.tables()
        #: What is answered and shown of it.
        self.answers = {name: first.command(*question) for name, question in QUESTIONS.items()}
        self.answers |= {name: first.page(name) for name in PAGES}
        assert all(answer.code == 0 for answer in self.answers.values()), self.answers
        shutil.copytree(first.folder, folder / "after", symlinks=True)
        first.change()
        assert first.run().code == 0
        self.twice = first.tables()

    def fresh(self) -> Box:
        return self._copy("before")

    def finished(self) -> Box:
        return self._copy("after")

    def _copy(self, name: str) -> Box:
        place = Path(tempfile.mkdtemp(dir=self.folder)) / "world"
        shutil.copytree(self.folder / name, place, symlinks=True)
        self._copies.__dict__.setdefault("folders", []).append(place.parent)
        return Box(place, self.once)

    def remove_copies(self) -> None:
        """Forget those that were made by this thread."""
        while folders := self._copies.__dict__.get("folders"):
            shutil.rmtree(folders.pop(), ignore_errors=True)


def a_file(box: Box, rng: random.Random) -> Path:
    """Choose a kind of stored file, and one of it."""
    kinds: dict[str, list[Path]] = {}
    for path in sorted(box.root.path.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.name != "lock":
            place = path.relative_to(box.root.path)
            kinds.setdefault(f"{place.parts[0]}/{place.suffix}", []).append(path)
    return rng.choice(kinds[rng.choice(sorted(kinds))])
