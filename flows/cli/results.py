"""Commands that read, rebuild or clear stored results: sql, schema, runs, export, rebuild, gc."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.cli.options import AsJson, Data, UsageError, complain, dash, require_writable
from warehouse.layout import DataRoot


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def sql(
    query: Annotated[str, dash("A read-only question; - reads it from stdin.")],
    *,
    data: Data = None,
    format_: Annotated[
        Format | None,
        Parameter("--format", help="table on a terminal, else csv, by default."),
    ] = None,
) -> int:
    """Ask the published results a question in SQL."""
    from flows.cli.printing import write_table
    from warehouse.read import Warehouse

    text = query
    if query == "-":  # bytes that are no text are told of as those of an argument are
        text = sys.stdin.buffer.read().decode(errors="surrogateescape")
    chosen = format_ or (Format.TABLE if sys.stdout.isatty() else Format.CSV)
    if chosen is Format.PARQUET and sys.stdout.isatty():
        raise UsageError("parquet is not for a terminal; redirect it into a file")
    write_table(Warehouse(DataRoot.choose(data)).query(text), chosen.value, None)
    return 0


def runs(*, data: Data = None, json_: AsJson = False) -> int:
    """List every run of the ledger: finished, failed or unfinished."""
    from flows.cli.printing import print_rows
    from warehouse import ledger

    root = DataRoot.choose(data)
    if root.is_copy:  # the ledger is in the data roots that publish there
        from warehouse.read import Warehouse

        told = Warehouse(root).ask("all_runs").to_pylist()
        known = [ledger.Run(**row) for row in told]
    else:
        known = ledger.load_all(root)
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
        for run in known
    ]
    if json_:
        print(json.dumps(rows))
    elif rows:
        print_rows(rows, title="runs (times in UTC)")
    else:
        complain("no runs yet; make one with `sing run STUDY`")
    return 0


def status(
    *,
    within: Annotated[
        str | None, Parameter(help="How old the last success may be, as 36h or 3d.")
    ] = None,
    data: Data = None,
    json_: AsJson = False,
) -> int:
    """Say how each study's runs went lately; exit code 1 where one failed, or is too old."""
    from dataclasses import asdict
    from datetime import timedelta

    from flows.questions.run_status import status as of_studies
    from warehouse import ledger

    limit = None
    if within is not None:
        number, unit = within[:-1], {"h": "hours", "d": "days", "m": "minutes"}.get(within[-1:])
        if unit is None or not number.isdigit():
            raise UsageError(f"--within is {within!r}; need a number and h, d or m, as in 36h")
        limit = timedelta(**{unit: int(number)})
    found = of_studies(DataRoot.choose(data), limit, ledger.now())
    if json_:
        print(json.dumps([asdict(one) for one in found]))
    for one in () if json_ else found:
        print(f"{one.study}: {one.text}")
    if not found:
        complain("no runs yet; make one with `sing run STUDY`")
    return 0 if found and all(one.is_well for one in found) else 1


class Tracker(StrEnum):
    """Who takes a run's figures."""

    MLFLOW = "mlflow"
    WANDB = "wandb"


def export(
    table: Annotated[
        str, Parameter(help="A published table, such as model_scores; with --to, a run or study.")
    ],
    file: Annotated[Path | None, Parameter(help="Ends in .csv, .json or .parquet.")] = None,
    *,
    to: Annotated[
        Tracker | None, Parameter(help="Hand a run's figures and report to this tracker instead.")
    ] = None,
    data: Data = None,
    all_runs: Annotated[
        bool, Parameter(negative=(), help="Every run's rows, not only the newest of each study.")
    ] = False,
) -> int:
    """Write a published table to a file, or hand a run to a tracker."""
    if to is not None:
        return _track(table, to, file, DataRoot.choose(data))
    if file is None:
        raise UsageError(f"where to? name a file, as in sing export {table} {table}.csv")
    from flows.cli.printing import write_table
    from warehouse.files import whole
    from warehouse.read import Warehouse

    root = DataRoot.choose(data)
    warehouse = Warehouse(root)
    kind = file.suffix.removeprefix(".").lower()
    if kind not in ("csv", "json", "parquet"):
        raise UsageError(f"{file} must end in .csv, .json or .parquet")
    require_writable(file)
    if table not in warehouse.tables():
        raise UsageError(f"no table {table!r}; known: {', '.join(warehouse.tables())}")
    rows = warehouse.query(f"from {'main' if all_runs else 'latest'}.{table}")
    with whole(file.absolute()) as draft:
        write_table(rows, kind, draft)
    complain(f"{len(rows):,} rows of {table} in {file}")
    return 0


def _track(run: str, to: Tracker, file: Path | None, root: DataRoot) -> int:
    from flows.gate.trackers import hand_over
    from flows.questions.named_runs import run_named

    if file is not None:
        raise UsageError(f"--to {to.value} takes no file; leave {file} out")
    complain(f"{to.value}: {hand_over(run_named(run, root), to.value, root)}")
    return 0


def rebuild(*, data: Data = None) -> int:
    """Make the results database again from the stored Parquet alone."""
    from warehouse import build
    from warehouse.files import sweep

    root = DataRoot.choose(data)
    if not root.runs.exists():
        raise RuntimeError(f"no runs are stored in {root}; name another folder with --data")
    with root.writing("sing rebuild"):
        sweep(root.folders)
        published = build.rebuild(root)
    for why in published.left_out.values():
        complain(why)
    complain(f"published {root.relative(published.generation)}")
    return 1 if published.left_out else 0


def gc(
    *,
    keep: Annotated[
        int | None,
        Parameter(help="How many finished runs of each study stay, the newest; all by default."),
    ] = None,
    dry_run: Annotated[
        bool, Parameter(negative=(), help="Say what would go, and touch nothing.")
    ] = False,
    data: Data = None,
    json_: AsJson = False,
) -> int:
    """Remove what no run needs: what lies around, and with --keep the runs before the newest.

    Without --keep: files that no stored run or published generation names, records and files of
    runs that did not finish before another did, drafts, thumbnails and scans that nobody looks up
    any more, and Prefect's history of more than a week ago. What is removed can be made again.
    """
    from flows import prefect_history
    from warehouse.upkeep import garbage

    if keep is not None and keep < 1:
        raise UsageError(f"--keep is {keep}; need 1 or more, so that each study has its results")
    root = DataRoot.choose(data)
    if not root.runs.exists():
        raise RuntimeError(f"no runs are stored in {root}; name another folder with --data")
    with root.writing("sing gc"):
        found = garbage.find(root, keep)
        sizes = found.sizes()
        generation = None if dry_run else garbage.remove(root, found)
        try:
            sizes["prefect_history"] = prefect_history.forget(root, found.staying, dry=dry_run)
        except (prefect_history.InUseError, prefect_history.UnknownFormError) as error:
            complain(str(error))
    if json_:
        paths = {
            kind: [root.relative(path) for path in of_kind] for kind, of_kind in found.paths.items()
        }
        published = generation and root.relative(generation)
        answer = {"dry_run": dry_run, "bytes": sizes, "paths": paths, "dropped": found.dropped}
        print(json.dumps(answer | {"published": published}))
    complain(_freed(sizes, found.dropped, dry_run=dry_run))
    return 0


def _freed(sizes: dict[str, int], dropped: list[str], *, dry_run: bool) -> str:
    def megabytes(size: int) -> str:
        return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size:,} bytes"

    by_kind = ", ".join(
        f"{kind.replace('_', ' ')} {megabytes(size)}" for kind, size in sizes.items() if size
    )
    if not (by_kind or dropped):
        return "nothing to remove: some run needs all that there is"
    runs = f"; without {', '.join(dropped)}" if dropped else ""
    would = "would free" if dry_run else "freed"
    return f"{would} {megabytes(sum(sizes.values()))} ({by_kind or 'empty files'}){runs}"


def schema() -> int:
    """Describe every table and column of the results, as Markdown."""
    from warehouse.describe import markdown

    print(markdown(), end="")
    return 0
