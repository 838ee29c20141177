"""Looking through a whole data root: what is damaged, what that means, what mends it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from warehouse import artifacts, ledger
from warehouse.drafts import drafts
from warehouse.files import DamagedFileError
from warehouse.generations import NoGenerationError, current, existing, is_whole
from warehouse.layout import DataRoot
from warehouse.remote import Place
from warehouse.stored import parquet, sums, tensors
from warehouse.stored.run_folder import RunFolder


@dataclass(frozen=True)
class Damage:
    """Something that is not as it was written, or is gone.

    Attributes
    ----------
    means
        What follows from it.
    mend
        The command that mends it.
    """

    path: Place
    problem: str
    means: str
    mend: str


#: Called with how many more files were looked at.
Advance = Callable[[int], None]

_AGAIN = "sing run STUDY --verify"


def examine(root: DataRoot, advance: Advance = lambda _n: None) -> list[Damage]:
    """Read everything that is stored and published, without the lock and without a change.

    Parameters
    ----------
    advance
        Called with 1 for each file that :func:`size` counts.
    """
    found = [*_pointer(root), *_generations(root, advance), *_runs(root, advance)]
    damaged = {damage.path for damage in found}
    found += [damage for damage in _kept(root, advance) if damage.path not in damaged]
    found += _looked_up(root, advance)
    for draft in drafts(root.folders):
        means = "a process was killed while it wrote this, or is writing it now"
        found.append(Damage(draft, "is unfinished", means, "sing gc"))
    return found


def size(root: DataRoot) -> int:
    """How many files there are to look at."""
    n_tables = sum(len(sums.noted(folder)) for folder in root.runs.glob("[!.]*"))
    return len(existing(root)) + n_tables + len(_files(root)) + len(_notebooks(root))


def without_digests(root: DataRoot) -> list[str]:
    """Runs whose tables an earlier version stored without digests: only rules can tell of them."""
    folders = [path.parent for path in sorted(root.runs.glob("[!.]*/tables"))]
    return [folder.name for folder in folders if not sums.noted(folder)]


def _pointer(root: DataRoot) -> Iterator[Damage]:
    try:
        newest = current(root)
        if newest is not None and not newest.exists():
            raise NoGenerationError(f"{root.published / 'CURRENT'} names {newest.name}, not there;")
    except NoGenerationError as error:
        problem = str(error).split(";")[0].removeprefix(str(root.published / "CURRENT")).strip()
        yield Damage(
            root.published / "CURRENT", problem, "no question can be answered", "sing rebuild"
        )


def _generations(root: DataRoot, advance: Advance) -> Iterator[Damage]:
    try:
        newest = current(root)
    except NoGenerationError:
        newest = None
    for generation in existing(root):
        advance(1)
        if not is_whole(generation):
            shown = "these are the results that are shown"
            older = "an older state of the results, which nobody is shown"
            means = shown if generation == newest else older
            yield Damage(generation, "is not what was published", means, "sing rebuild")


def _runs(root: DataRoot, advance: Advance) -> Iterator[Damage]:
    """Records and tables of all runs, and the files that finished ones name."""
    runs, bad = ledger.load_readable(root)
    for run_id, why in bad.items():
        means = "nothing says what this run was; what is published of it stays"
        yield Damage(root.runs / run_id / "run.json", why.split(";")[0], means, _AGAIN)
    for run in runs:
        folder = RunFolder(root, run.run_id)
        problems = folder.problems()
        advance(len(sums.noted(folder.path)))
        finished = run.status == "finished"
        for path, problem in problems.items():
            if not finished and problem == "is missing":
                continue  # it was noted, and the run was killed before it was there
            means = f"rows of {run.run_id} are lost; what is published of them stays"
            yield Damage(path, problem, means if finished else "an unfinished run's", _AGAIN)
        if finished and not problems:
            yield from _named_by(root, run.run_id)


def _named_by(root: DataRoot, run_id: str) -> Iterator[Damage]:
    means = f"{run_id} was made of this; its scores stay, questions that read it do not"
    for path, problem in artifacts.damaged(root, RunFolder(root, run_id).read("artifacts")).items():
        yield Damage(path, problem, means, _AGAIN)


def _kept(root: DataRoot, advance: Advance) -> Iterator[Damage]:
    """Vectors and tensors, by the digests that they carry, whoever needs them."""
    for path in _files(root):
        advance(1)
        try:
            if path.suffix == ".parquet":
                parquet.read_vectors(path)
            else:
                tensors.read(path)
        except (DamagedFileError, OSError) as error:
            problem = str(error).split(";")[0].removeprefix(str(path)).strip()
            yield Damage(path, problem, "no run can use this", _AGAIN)


def _looked_up(root: DataRoot, advance: Advance) -> Iterator[Damage]:
    """What was noted of pictures, and what drawn ones show."""
    for home, path in _notebooks(root):
        advance(1)
        if (problem := sums.problem(home, path)) is not None:
            means = "the next run looks at the pictures again, or draws them again"
            yield Damage(path, problem, means, "sing run STUDY")


def _notebooks(root: DataRoot) -> list[tuple[Path, Path]]:
    return [
        (home, home / name)
        for home in (root.scans, root.pictures)
        for name in sorted(sums.noted(home))
        if (home / name).is_file()
    ]


def _files(root: DataRoot) -> list[Path]:
    vectors = [
        path
        for folder in (root.features, root.embeddings)
        for path in folder.glob("*/*/[!.]*.parquet")
    ]
    texts = [
        path
        for folder in (root.heads, root.texts, root.translators)
        for path in folder.rglob("[!.]*.safetensors")
    ]
    return sorted(vectors) + sorted(texts)
