"""The trials: each takes a world and chance, does harm, and requires what is promised."""

import errno
import os
import random
import shutil
import subprocess
from collections.abc import Callable

from tests.torture.box import JARGON, PAGES, QUESTIONS, Boxes, a_file
from tests.torture.harms import FailingOperation, OtherClock, Recorder, SmallFiles
from tests.torture.hostile import hostile_names, hostile_query, hostile_study
from tests.torture.power_cut import cut

#: Per data root of an undisturbed run, how many operations there are that can fail.
_n_operations: dict[str, int] = {}


def killed(boxes: Boxes, rng: random.Random) -> str:
    """A run is killed, once or twice, and run again."""
    box, told = boxes.fresh(), []
    for _ in range(rng.choice((1, 1, 2))):
        moment = rng.uniform(0.05, boxes.took_s)
        child = box.start("run", box.study, "--plain")
        child.kill_after(moment)
        told.append(f"{moment:.3f} s: {child.ended().code}")
    about = f"killed after {', '.join(told)}"
    box.finish(about)
    return about


def killed_publish(boxes: Boxes, rng: random.Random) -> str:
    """A rebuild is killed; what was published stays, and the next run finds it."""
    box = boxes.finished()
    child = box.start("rebuild")
    moment = rng.uniform(0.05, 0.6)
    child.kill_after(moment)
    about = f"rebuild killed after {moment:.3f} s: {child.ended().code}"
    box.require_right(about)
    box.finish(about)
    return about


def killed_under_prefect(boxes: Boxes, rng: random.Random) -> str:
    """The flow, or one of its child processes, is killed."""
    box = boxes.fresh()
    child = box.start("run", box.study)
    moment, of_child = rng.uniform(1, 9), rng.random() < 0.5
    child.process.join(moment)
    if of_child:
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(child.process.pid)], capture_output=True, text=True
        ).stdout.split()
        subprocess.run(["kill", "-9", *found[:1]], check=False, stderr=subprocess.DEVNULL)
    else:
        child.kill_after(0)
    ended = child.ended(240)
    about = f"{'a child of the flow' if of_child else 'the flow'} killed after {moment:.1f} s"
    if ended.code > 0:
        ended.require_sentence(about)
    box.finish(about)
    return f"{about}: {ended.code}"


def operation_fails(boxes: Boxes, rng: random.Random, k: int | None = None) -> str:
    """The k-th operation on a file below the data root fails; told, and run again."""
    box = boxes.fresh()
    n = operations(boxes)
    k = k or rng.randrange(1, n + 1)
    number = rng.choice((errno.ENOSPC, errno.EIO, errno.EDQUOT))
    ended = box.run(harm=FailingOperation(str(box.root.path), k, number))
    about = f"operation {k} of {n} fails with {errno.errorcode[number]}"
    if ended.code != 0:  # else it was one that may fail
        ended.require_sentence(about)
    box.finish(about)
    return f"{about}: {ended.code}"


def operations(boxes: Boxes) -> int:
    """How many operations an undisturbed run has that can fail."""
    key = str(boxes.folder)
    if key not in _n_operations:
        box = boxes.fresh()
        counted = box.folder.parent / "counted"
        box.run(harm=FailingOperation(str(box.root.path), 0, counted=str(counted)))
        _n_operations[key] = int(counted.read_text())
    return _n_operations[key]


def disk_is_full(boxes: Boxes, rng: random.Random) -> str:
    """The data root lies on a full disk; or, where none can be mounted, files may not grow."""
    box = boxes.fresh()
    box.root.path.mkdir()
    size = int(2 ** rng.uniform(3, 13))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", str(box.root.path)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        ended = box.run(harm=SmallFiles(1024 * rng.randrange(1, 2048)))
        about = f"files of at most {size} KiB"
    else:
        try:
            ended, about = box.run(), f"disk of {size} KiB"
            shutil.copytree(box.root.path, box.folder / "copy", symlinks=True)
        finally:
            subprocess.run(["umount", str(box.root.path)], check=True)
        box.root.path.rmdir()
        (box.folder / "copy").rename(box.root.path)
    if ended.code != 0:
        ended.require_sentence(about)
    box.finish(about)
    return f"{about}: {ended.code}"


def power_cut(boxes: Boxes, rng: random.Random) -> str:
    """The power is cut: what was not flushed is lost; then the study is run again."""
    box = boxes.fresh() if rng.random() < 0.5 else boxes.finished()
    before = box.folder / "before"
    if box.root.path.exists():
        shutil.copytree(box.root.path, before, symlinks=True)
        box.change()
        box.expected = boxes.twice
    log = box.folder / "log"
    assert box.run(harm=Recorder(str(box.root.path), str(log))).code == 0
    about = cut(before, box.root.path, log, box.folder / "cut", rng)
    shutil.rmtree(box.root.path)
    (box.folder / "cut").rename(box.root.path)
    box.finish(about)
    return about


#: What a rebuild says of a run whose files do not hold.
_KEPT_OUT = ("stays as it was published: ", "is left out: ")


def damaged(boxes: Boxes, rng: random.Random) -> str:
    """A stored file is damaged; a run, rebuild, question or page is right, or says so."""
    box = boxes.finished()
    path = a_file(box, rng)
    about = f"{_spoil(path, rng)} {path.relative_to(box.root.path)}"
    act = rng.choice(("run", "changed run", "verify", "rebuild", "page", *QUESTIONS))
    expected = boxes.once
    if act == "changed run":
        box.change()
        expected = boxes.twice
    if act == "page":
        act = rng.choice(PAGES)
        ended = box.page(act)
    else:
        arguments = {
            "verify": ("run", box.study, "--plain", "--verify"), "rebuild": ("rebuild",),
        } | QUESTIONS  # fmt: skip
        ended = box.command(*arguments.get(act, ("run", box.study, "--plain")))
    about = f"{about}, then {act}"
    if ended.code != 0 and act == "rebuild":  # a line a run that does not hold
        assert any(words in ended.said for words in _KEPT_OUT), f"{about}: {ended.said[-1500:]}"
    elif ended.code != 0:
        ended.require_sentence(about)
    assert not any(word in ended.said for word in JARGON), f"{about}: {ended.said[-1500:]}"
    if ended.code == 0 and act in boxes.answers:
        shown = ended.out.replace("\\", "")  # names are escaped
        told = any(words in shown for words in ("is damaged", "`sing rebuild`"))
        right = ended.out == boxes.answers[act].out or (act in PAGES and told)
        assert right, f"{about}: another answer: {ended.out[:1500]}"
    elif ended.code == 0:
        box.require_right(about, expected)
    mended = box.run("--verify")
    assert mended.code == 0, f"{about}, then --verify: {mended.said[-1500:]}"
    rows = box.tables()["image_scores"]
    wanted = expected["image_scores"]
    assert rows == wanted or rows == boxes.twice["image_scores"], f"{about}: other scores"
    return f"{about}: {ended.code}"


def _spoil(path, rng: random.Random) -> str:
    about, content = path.stat(), bytearray(path.read_bytes())
    what = rng.choice(("flip", "flip", "flip", "flip", "truncate", "delete", "zeros"))
    path.chmod(0o644)
    if what == "delete" or not content:
        path.unlink()
        return "deleted"
    place = rng.randrange(len(content))
    if what == "flip":
        content[place] ^= 1 << rng.randrange(8)
    elif what == "truncate":
        del content[place:]
    else:
        content[place : place + 512] = bytes(len(content[place : place + 512]))
    path.write_bytes(content)
    if rng.random() < 0.5:
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    return f"{what} at {place} of"


def several_writers(boxes: Boxes, rng: random.Random) -> str:
    """Two or three runs begin at once: one works, the others say who does."""
    box = boxes.fresh()
    n = rng.choice((2, 3))
    children = [box.start("run", box.study, "--plain") for _ in range(n)]
    ended = [child.ended() for child in children]
    about = f"{n} writers at once: {[one.code for one in ended]}"
    assert any(one.code == 0 for one in ended), f"{about}: {[one.said[-300:] for one in ended]}"
    for one in ended:
        if one.code:
            one.require_sentence(about)
            assert "is being written by" in one.said, about
    box.finish(about)
    return about


def reader_while_publishing(boxes: Boxes, rng: random.Random) -> str:
    """Questions are asked while a run and a rebuild publish; none sees half a state."""
    box = boxes.finished()
    box.change()
    writers = [box.start("run", box.study, "--plain")]
    asked = 0
    while writers[-1].process.is_alive() and asked < 400:
        rows = box.tables()
        assert len(rows["image_scores"]) == 140 * len(rows["runs"]), "half a state"
        asked += 1
        if rng.random() < 0.05:
            child = box.command("sql", "select count(*) from latest.image_scores")
            assert (child.code, child.out.split()[-1]) == (0, "140"), child.said
    assert writers[-1].ended().code == 0
    box.require_right("published under a reader", boxes.twice)
    return f"{asked} questions while publishing"


def other_clock(boxes: Boxes, rng: random.Random) -> str:
    """The clock is set on or back between two runs; the newest is the last one."""
    box, days = boxes.finished(), rng.randrange(-4000, 4000)
    box.change()
    assert box.run(harm=OtherClock(days)).code == 0
    about = f"clock {days:+} days"
    box.require_right(about, boxes.twice)
    newest = box.command("sql", "select run_id from latest.runs", "--format", "csv").out.split()[-1]
    assert newest == boxes.twice["runs"][-1][0], f"{about}: latest is {newest}"
    assert "nothing to do" in box.run().said, about
    return about


Trial = Callable[[Boxes, random.Random], str]

#: Every trial, and how often it is drawn beside the others.
TRIALS: dict[Trial, float] = {
    killed: 4, killed_publish: 1, killed_under_prefect: 0.4, operation_fails: 5, disk_is_full: 2,
    power_cut: 3, damaged: 6, several_writers: 0.7, reader_while_publishing: 0.5, other_clock: 0.5,
    hostile_study: 3, hostile_query: 1.5, hostile_names: 1,
}  # fmt: skip
