"""The ``sing`` command.

Results go to stdout, progress and messages to stderr. Exit codes: 0 done, 1 the
work failed, 2 the command line or the study is wrong. Heavy imports wait until
a command needs them.
"""

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from flows import leaving
from warehouse.layout import DataRoot

app = App(
    name="sing",
    help="What an image classifier cannot see, in words: null-space scores in a database.",
    version_flags=["--version"],
    result_action="return_value",
)

Data = Annotated[
    Path | None,
    Parameter("--data", help="Folder that holds all that runs make; $SING_DATA or ./data."),
]
StudyFile = Annotated[Path, Parameter(help="Study file (TOML).")]
AsJson = Annotated[bool, Parameter("--json", negative=(), help="Answer in JSON.")]


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


@app.command
def run(
    study: StudyFile,
    *,
    data: Data = None,
    plain: Annotated[bool, Parameter(negative=(), help="Without Prefect.")] = False,
    json_: AsJson = False,
) -> int:
    """Carry out a study and publish its scores; at once if nothing has changed."""
    from flows.study_file import load_study

    root = DataRoot.choose(data)
    wanted = load_study(study)
    if plain:
        from flows.pipeline import run_study

        outcome = run_study(wanted, root)
    else:
        outcome = _run_as_flow(study, root)
    from flows.printing import print_rows
    from flows.results import for_people, model_table

    rows = model_table(root, outcome.run_id)
    if json_:
        print(json.dumps({"run_id": outcome.run_id, "worked": outcome.worked, "models": rows}))
    else:
        print_rows(for_people(rows), title=f"{outcome.run_id}: medians, angles in degrees")
        for row in rows:
            if row["note"]:
                print(f"{row['model']}: {row['note']}")
    for model, why in outcome.not_scored.items():
        _complain(f"{model} is not analyzed: {why}")
    return 1 if outcome.not_scored else 0


def _run_as_flow(study: Path, root: DataRoot):
    """Run the Prefect flow in this process, with a temporary server if none is set."""
    from flows import prefect_settings

    # What goes wrong is told in one sentence at the end, not in Prefect's log as well.
    prefect_settings.prepare(root, log_level="CRITICAL")
    from flows.analyze import NotAllScoredError, analyze

    state = analyze(str(study.absolute()), str(root.path), return_state=True)
    result = state.result(raise_on_failure=False)
    if isinstance(result, NotAllScoredError):
        return result.outcome
    if isinstance(result, BaseException):
        raise result
    return result


@app.command
def serve(
    study: StudyFile,
    *,
    cron: Annotated[str, Parameter(help='When to run, as in "0 3 * * *".')],
    data: Data = None,
) -> int:
    """Serve a study as a Prefect deployment that runs on a schedule, until interrupted."""
    from flows import prefect_settings
    from flows.study_file import load_study

    load_study(study)
    root = DataRoot.choose(data)
    prefect_settings.prepare(root, log_level="INFO")
    from flows.schedule import serve_study

    return serve_study(study.absolute(), cron, root)


@app.command
def doctor(study: StudyFile, *, data: Data = None, json_: AsJson = False) -> int:
    """Tell each head's rank, null dimension and possible modes, before any extraction."""
    from flows.doctor import examine
    from flows.printing import print_rows
    from flows.study_file import load_study

    root = DataRoot.choose(data)
    rows = examine(load_study(study), root)
    if json_:
        print(json.dumps(rows))
    else:
        print_rows(rows, title="classifier heads")
    return 1 if any("exact" not in row["modes"] for row in rows) else 0


@app.command
def sql(
    query: Annotated[str, Parameter(help="A read-only question; - reads it from stdin.")],
    *,
    data: Data = None,
    format_: Annotated[
        Format | None,
        Parameter("--format", help="table on a terminal, else csv, by default."),
    ] = None,
) -> int:
    """Ask the published results a question in SQL."""
    from flows.printing import write_table
    from warehouse.read import Warehouse

    text = sys.stdin.read() if query == "-" else query
    chosen = format_ or (Format.TABLE if sys.stdout.isatty() else Format.CSV)
    if chosen is Format.PARQUET and sys.stdout.isatty():
        raise UsageError("parquet is not for a terminal; redirect it into a file")
    write_table(Warehouse(DataRoot.choose(data)).query(text), chosen.value, None)
    return 0


@app.command
def runs(*, data: Data = None, json_: AsJson = False) -> int:
    """List every run of the ledger: finished, failed or unfinished."""
    from flows.printing import print_rows
    from warehouse import ledger

    rows = [
        {
            "run_id": run.run_id,
            "study": run.study,
            "status": run.status,
            "started_at": run.started_at.isoformat(sep=" ", timespec="seconds"),
            "finished_at": run.finished_at
            and run.finished_at.isoformat(sep=" ", timespec="seconds"),
            "message": run.message,
        }
        for run in ledger.load_all(DataRoot.choose(data))
    ]
    if json_:
        print(json.dumps(rows))
    elif rows:
        print_rows(rows, title="runs (times in UTC)")
    else:
        _complain("no runs yet; make one with `sing run STUDY`")
    return 0


@app.command
def export(
    table: Annotated[str, Parameter(help="A published table, such as model_scores.")],
    file: Annotated[Path, Parameter(help="Ends in .csv, .json or .parquet.")],
    *,
    data: Data = None,
    all_runs: Annotated[
        bool, Parameter(negative=(), help="Every run's rows, not only the newest of each study.")
    ] = False,
) -> int:
    """Write a published table to a file."""
    from flows.printing import write_table
    from warehouse.files import whole
    from warehouse.read import Warehouse

    root = DataRoot.choose(data)
    warehouse = Warehouse(root)
    kind = file.suffix.removeprefix(".").lower()
    if kind not in ("csv", "json", "parquet"):
        raise UsageError(f"{file} must end in .csv, .json or .parquet")
    if file.is_dir():
        raise UsageError(f"{file} is a folder; name a file")
    if table not in warehouse.tables():
        raise UsageError(f"no table {table!r}; known: {', '.join(warehouse.tables())}")
    rows = warehouse.query(f"from {'main' if all_runs else 'latest'}.{table}")
    with whole(file.absolute()) as draft:
        write_table(rows, kind, draft)
    _complain(f"{len(rows):,} rows of {table} in {file}")
    return 0


@app.command
def rebuild(*, data: Data = None) -> int:
    """Make the results database again from the stored Parquet alone."""
    from warehouse import build

    root = DataRoot.choose(data)
    if not root.runs.exists():
        raise RuntimeError(f"no runs are stored in {root.path}; name another folder with --data")
    with root.writing("sing rebuild"):
        generation = build.rebuild(root)
    _complain(f"published {root.relative(generation)}")
    return 0


class UsageError(ValueError):
    """A command line that cannot be meant."""

    exit_code = 2


def _complain(message: str) -> None:
    """Tell the user something on stderr, in plain text."""
    print(message, file=sys.stderr)


def command(arguments: list[str] | None = None) -> int:
    """Carry out a command line; return its exit code. One sentence for whatever goes wrong."""
    try:
        return int(app(arguments, exit_on_error=False, print_error=False) or 0)
    except CycloptsError as error:
        _complain(f"sing: {error}; see sing --help")
        return 2
    except KeyboardInterrupt:
        _complain("sing: interrupted; the same command goes on where this one stopped")
        return 1
    except Exception as error:
        if "Broken pipe" in str(error):  # who read our output has seen enough
            sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 (for the flush at exit)
            return 1
        from flows.failures import exit_code, sentence

        _complain(sentence(error))
        return exit_code(error)


def main() -> None:
    """Enter from the shell."""
    leaving.register()
    sys.exit(command())
