"""`sing doctor`: what a study's heads and networks are, and whether a data root is whole."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from dashboards.words.markdown import one_line
from flows.cli.options import AsJson, Data, UsageError, complain
from warehouse.layout import DataRoot


def doctor(
    study: Annotated[
        Path | None, Parameter(help="Study file (TOML); without, the data root is looked through.")
    ] = None,
    *,
    random_weights: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Rehearse the whole run instead, model by model, in a temporary folder: random "
            "weights, drawn pictures, no download.",
        ),
    ] = False,
    spectrum: Annotated[
        bool, Parameter(negative=(), help="Plot each head's singular values, with the cut.")
    ] = False,
    speed: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Time decoding and every network on this machine instead, and say how long the "
            "study's extraction would take and what would help.",
        ),
    ] = False,
    engine: Annotated[
        str | None,
        Parameter(
            help="Look at the workers of this cluster instead: their versions against this "
            "machine's, whether each sees the study's files and can write where shards go, and "
            "which GPU it has."
        ),
    ] = None,
    data: Data = None,
    json_: AsJson = False,
) -> int:
    """Tell each head's rank, null dimension, possible modes and input, before any extraction.

    Without a study: read all that is stored and published in the data root, and say what is
    damaged, what that means, and which command mends it.
    """
    root = DataRoot.choose(data)
    if study is None:
        if random_weights or spectrum or speed or engine:
            raise UsageError("--random-weights, --spectrum, --speed and --engine need a study file")
        return _examine(root, as_json=json_)
    if engine is not None:
        return _workers(study, root, engine, as_json=json_)
    if random_weights:
        return _rehearse(study, as_json=json_)
    if speed:
        return _speed(study, root, as_json=json_)
    return _heads(study, root, spectrum=spectrum, as_json=json_)


def _heads(study: Path, root: DataRoot, *, spectrum: bool, as_json: bool) -> int:
    from flows.cli.printing import print_rows
    from flows.cli.spectrum import spectrum as plot
    from flows.doctor import examine
    from flows.study.fields import ARRAYS
    from flows.study.load import load_study

    rows = examine(load_study(study), root, values=spectrum)
    if as_json:
        print(json.dumps(rows))
    else:
        apart = ("singular_values", "sigma_cutoff", "preprocessing", "weights_entry")
        told = [key for key in rows[0] if key not in apart]
        print_rows([{key: row[key] for key in told} for row in rows], title="classifier heads")
        for row in rows:
            if row["weights_entry"]:
                print(f"{row['model']}: the weights are the checkpoint's {row['weights_entry']}")
            if row["preprocessing"] != ARRAYS:
                words = row["preprocessing"].removeprefix("Compose( ").removesuffix(" )")
                print(f"{row['model']}: a picture becomes its input by {words}")
        for row in rows if spectrum else ():
            print("", *plot(row), sep="\n")
    return 0 if all(row["analyzable"] for row in rows) else 1


def _speed(study: Path, root: DataRoot, *, as_json: bool) -> int:
    from flows.cli.printing import print_rows
    from flows.doctor import speed
    from flows.study.load import load_study

    told = speed(load_study(study), root)
    if as_json:
        print(json.dumps(told))
        return 0
    print_rows(told["stages"], title="pictures a second, each stage alone")
    print(
        f"{told['machine']}: matrix products at {told['products_gflop_per_s']:,.0f} GFLOP/s. "
        f"All of it together some {told['pictures_per_s']:,.1f} pictures/s in float32: "
        f"{told['pictures']:,} pictures in {told['seconds']:,.0f} s. "
        f"{told['advice'][0].upper()}{told['advice'][1:]}."
    )
    return 0


def _workers(study: Path, root: DataRoot, engine: str, *, as_json: bool) -> int:
    from flows.cli.printing import print_rows
    from flows.engines.choose import engine_at
    from flows.study.load import load_study
    from flows.workers import compare_workers

    wanted = load_study(study)
    with engine_at(engine) as there:
        rows = compare_workers(wanted, root, there)
    if as_json:
        print(json.dumps(rows))
    else:
        shown = [{key: row[key] for key in row if key != "problem"} for row in rows]
        print_rows(shown, title=f"workers of {there.name}")
        for row in rows:
            if row["problem"]:
                print(one_line(f"{row['worker']}: {row['problem']}"))
    if len(rows) == 1:
        complain(f"{there.name} has no worker")
    return 1 if len(rows) == 1 or any(row["problem"] for row in rows) else 0


def _examine(root: DataRoot, *, as_json: bool) -> int:
    from flows.cli.printing import print_rows
    from flows.terminal.progress import progress
    from warehouse.upkeep.examine import examine, size, without_digests

    if root.is_copy:
        raise UsageError(f"{root} is looked through where its runs were made; name a data root")
    if not root.path.exists():
        raise UsageError(f"{root.path} is not there; name another folder with --data")
    n_files = size(root)
    with progress(f"reading {root.path}", n_files, "files") as advance:
        found = examine(root, advance)
    rows = [{**asdict(damage), "path": root.relative(damage.path)} for damage in found]
    if as_json:
        print(json.dumps({"files": n_files, "damage": rows}))
    elif rows:
        print_rows(rows, title=f"{root.path}: {len(rows)} of {n_files:,} files")
    else:
        complain(f"all {n_files:,} files are as they were written")
    if older := without_digests(root):
        complain(f"tables without digests, stored by an earlier version: {', '.join(older)}")
    return 1 if rows else 0


def _rehearse(study: Path, *, as_json: bool) -> int:
    from flows.cli.printing import print_rows
    from flows.rehearse import rehearse
    from flows.study.load import load_study

    rows = rehearse(load_study(study, random_weights=True))
    if as_json:
        print(json.dumps(rows))
    else:
        shown = [{key: row[key] for key in row if key != "why"} for row in rows]
        print_rows(shown, title="the whole line with random weights")
        for row in rows:
            if row["why"]:
                print(one_line(f"{row['model']}: {row['why']}"))
    return 1 if any(row["goes_through"] == "no" for row in rows) else 0
