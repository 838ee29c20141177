"""What a run is held against: another run, the study's last one, or a file of its figures."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from flows.questions.named_runs import NotPublishedError, run_named
from sing_core.statistics.changes import Figure
from warehouse import files
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: By model, then by metric and what it is of.
Figures = dict[str, dict[tuple[str, str | None], Figure]]

#: What a file of figures says that it is.
_KIND = "sing gate baseline"


class BadBaselineError(ValueError):
    """A file that holds no figures of a run."""

    exit_code = 2


@dataclass(frozen=True)
class Baseline:
    """Figures to hold a run against.

    Attributes
    ----------
    name
        What they are of, in words.
    run_id
        The run, where its pictures are at hand too; None of a file.
    """

    name: str
    figures: Figures
    run_id: str | None


def figures_of(run_id: str, root: DataRoot) -> Figures:
    """Return all figures of a run that a rule may be about."""
    found: Figures = {}
    for row in Warehouse(root).ask("gate_figures", run=run_id).to_pylist():
        numbers = (
            math.nan if row[name] is None else row[name] for name in ("value", "low", "high")
        )
        found.setdefault(row["model"], {})[row["metric"], row["part"]] = Figure(*numbers)
    return found


def baseline_of(named: str, run_id: str, root: DataRoot) -> Baseline:
    """Find what a run is held against.

    Parameters
    ----------
    named
        ``last`` for the run of the same study before this one; a run's id or a
        study's name; or a file that :func:`save` wrote.

    Raises
    ------
    NotPublishedError
        If there is no such run.
    BadBaselineError
        If the file holds no figures.
    """
    if named == "last":
        earlier = _before(run_id, root)
        return Baseline(f"the run before, {earlier}", figures_of(earlier, root), earlier)
    path = Path(named)
    if path.suffix == ".json" or path.is_file():
        return Baseline(f"the file {path.name}", read(path), None)
    other = run_named(named, root)
    return Baseline(other, figures_of(other, root), other)


def _before(run_id: str, root: DataRoot) -> str:
    rows = Warehouse(root).ask("finished_runs").to_pylist()
    names = [row["run_id"] for row in rows]
    study = next(row["study"] for row in rows if row["run_id"] == run_id)
    earlier = [row for row in rows[: names.index(run_id)] if row["study"] == study]
    if not earlier:
        raise NotPublishedError(
            f"{run_id} is the first run of {study}, so there is no last one to hold it against; "
            "name a run or a file, or run the study again once it has changed"
        )
    return str(earlier[-1]["run_id"])


def save(run_id: str, path: Path, root: DataRoot) -> None:
    """Write a run's figures as a small file, to be kept with the code."""
    models = {
        model: [
            {"metric": metric, "of": part, **_numbers(figure)}
            for (metric, part), figure in of_model.items()
        ]
        for model, of_model in figures_of(run_id, root).items()
    }
    content = json.dumps({"kind": _KIND, "run_id": run_id, "models": models}, indent=1)
    with files.whole(path) as draft:
        draft.write_text(content + "\n")


def _numbers(figure: Figure) -> dict[str, float | None]:
    named = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {name: None if math.isnan(value) else value for name, value in named.items()}


def read(path: Path) -> Figures:
    """Read a file of figures.

    Raises
    ------
    BadBaselineError
        If it cannot be read, or is something else.
    """
    try:
        held = json.loads(path.read_text())
        if held["kind"] != _KIND:
            raise KeyError("kind")
        return {
            model: {
                (row["metric"], row["of"]): Figure(
                    *(
                        math.nan if row[n] is None else float(row[n])
                        for n in ("value", "low", "high")
                    )
                )
                for row in rows
            }
            for model, rows in held["models"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadBaselineError(
            f"{path} holds no figures of a run ({type(error).__name__}: {error}); make one with "
            "sing gate RUN --save FILE.json"
        ) from error
