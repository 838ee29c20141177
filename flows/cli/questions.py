"""Commands that go on from published results: steer, phrase, compare, findings, synthesize."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.cli.options import AsJson, Data, StudyFile, UsageError
from warehouse import files
from warehouse.layout import DataRoot

RunName = Annotated[str, Parameter(help="A run's id, or a study's name for its newest run.")]


#: Sentences about what differs, unless all are asked for.
_FINDINGS = 10

#: Columns of a phrase's shifts: of each class beside what all classes share, or in all.
_OWN = (
    "own_as_mean_deg", "own_ci_low_deg", "own_ci_high_deg", "control_own_as_mean_deg",
    "own_p_adjusted",
)  # fmt: skip
_WHOLE = ("as_mean_deg", "as_ci_low_deg", "as_ci_high_deg", "control_as_mean_deg", "p_adjusted")


def steer(
    study: StudyFile,
    *,
    from_: Annotated[str, Parameter("--from", help="A class of the study.")],
    to: Annotated[str, Parameter(help="A class, a phrase, or any text for the space to embed.")],
    is_deg: Annotated[
        float | None,
        Parameter(help="Image Score that every step is calibrated to; 40 degrees by default."),
    ] = None,
    step: Annotated[
        float | None, Parameter(help="A step length in units of the features, instead.")
    ] = None,
    out: Annotated[
        Path | None, Parameter(help="Save the features before and after, as this .npz file.")
    ] = None,
    data: Data = None,
    json_: AsJson = False,
) -> int:
    """Turn a class's pictures towards a text inside the null space, from stored features."""
    import numpy as np

    from flows.cli.printing import print_rows
    from flows.questions.steer_class import steer_class
    from flows.study.load import load_study

    if step is not None and is_deg is not None:
        raise UsageError("--is-deg and --step both say how far; give one of them")
    is_deg = 40.0 if is_deg is None else is_deg
    if not 0 < is_deg < 180:
        raise UsageError(f"--is-deg is {is_deg:g}; need an angle between 0 and 180 degrees")
    if step is not None and not 0 < step < 1e30:
        raise UsageError(f"--step is {step:g}; need a finite length above 0")
    if not to.strip():
        raise UsageError("--to is empty; need a class, a phrase, or some other text")
    if out is not None and (out.suffix != ".npz" or out.exists() or not out.parent.is_dir()):
        raise UsageError(f"--out {out} must be a new .npz file in a folder that is there")
    arrays: dict[str, np.ndarray] = {}

    def keep(model: str, ids: list[str], before: np.ndarray, after: np.ndarray) -> None:
        columns = {"image_id": np.array(ids), "feature": before, "steered": after}
        arrays.update({f"{model}/{name}": values for name, values in columns.items()})

    root = DataRoot.choose(data)
    rows = steer_class(load_study(study), from_, to, is_deg, step, root, keep if out else None)
    if out is not None:
        with files.whole(out) as draft, draft.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
    if json_:
        print(json.dumps(rows))
        return 0
    how = f"IS {is_deg:g}°" if step is None else f"a step of {step:g}"
    told = [
        {
            "model": row["model"],
            "images": row["n"],
            "reached": f"{row['reachable_share']:.0%}",
            "AS": row["as_mean_deg"],
            "sd": row["as_sd_deg"],
            "IS": row["is_mean_deg"],
            "step (null parts)": row["epsilon_over_null_mean"],
            "AS outside": row["control_as_mean_deg"],
            "logit change": row["max_abs_logit_drift"],
        }
        for row in rows
    ]
    print_rows(told, title=f"{from_} pictures steered towards {to!r} by {how}, angles in degrees")
    for row in rows:
        if row["reachable_share"] < 1:
            print(
                f"{row['model']}: {1 - row['reachable_share']:.0%} of the pictures are turned so "
                f"far by no step; the nearest limit is {row['limit_min_deg']:.1f}°"
            )
    return 0


def phrase(
    run: RunName,
    text: Annotated[str, Parameter(help="Any words; they need not be in the vocabulary.")],
    *,
    class_: Annotated[str | None, Parameter("--class", help="Only this class.")] = None,
    model: Annotated[str | None, Parameter(help="Only this model.")] = None,
    data: Data = None,
    json_: AsJson = False,
) -> int:
    """Tell how null removal moves each class's pictures towards new words, strongest first."""
    from dashboards.words.markdown import PLAIN
    from dashboards.words.sentences import common_shift
    from flows.cli.printing import interval, print_rows
    from flows.questions.published_run import PublishedRun
    from flows.questions.score_phrase import score_phrase

    root = DataRoot.choose(data)
    # An unknown one is told before any work.
    only = None if class_ is None else PublishedRun.named(run, root).class_index(class_)
    rows = [
        row
        for row in score_phrase(run, text, root, model=model)
        if only in (None, row["class_index"])
    ]
    # The strongest of their own first; of a run with one class, the strongest.
    own = any(row["own_as_mean_deg"] is not None for row in rows)
    by = "own_as_mean_deg" if own else "as_mean_deg"
    rows.sort(key=lambda row: -abs(row[by] or 0.0))
    if json_:
        print(json.dumps(rows))
        return 0
    value, low, high, control, p = _OWN if own else _WHOLE
    told = [
        {
            "model": row["model"],
            "class": row["class_name"],
            "images": row["n"],
            f"{'own ' * own}AS (95 %)": interval(row, value, low, high),
            "random step": row[control],
            "adjusted p": row[p],
            "AS": row["as_mean_deg"],
        }
        for row in rows
    ]
    print_rows(
        told,
        title=f"shift towards {text!r} by null removal, in degrees, "
        + ("beside what all classes share" if own else "in all"),
        names=None if told else ["model", "class", "images"],
    )
    for model in dict.fromkeys(row["model"] for row in rows if own):
        row = next(row for row in rows if row["model"] == model)
        print(f"{model}: {common_shift({**row, 'phrase': text}, PLAIN)}")
    return 0


def compare(first: RunName, second: RunName, *, data: Data = None, json_: AsJson = False) -> int:
    """Tell what changed between two runs, and whether they put their models in the same order."""
    from flows.cli.printing import interval, print_rows
    from flows.gate.changes import changes
    from flows.questions.compare_runs import compare_runs

    root = DataRoot.choose(data)
    found = compare_runs(first, second, root)
    a, b = found["runs"]
    found["changes"] = changes(a, b, root)
    if json_:
        print(json.dumps(found))
        return 0
    told = [
        {
            "model": row["model"],
            "figure": row["figure"],
            "before": row["before"],
            "after": row["after"],
            "change (95 %)": interval(row, "change", "low", "high"),
            "told": row["told"],
        }
        for row in found["changes"]
    ]
    print_rows(told, title=f"from {a} to {b}; angles in degrees", whole="--json has all")
    if any(row["n_models"] >= 3 for row in found["orders"]):
        print_rows(found["orders"], title="correlation of the models' orders")
    return 0


def findings(
    run: RunName,
    *,
    class_: Annotated[
        str | None, Parameter("--class", help="The phrases that this class moves by most.")
    ] = None,
    all_: Annotated[bool, Parameter("--all", help="All that differs, not ten sentences.")] = False,
    data: Data = None,
    json_: AsJson = False,
) -> int:
    """Say what stands out in a run, one sentence a line."""
    from dashboards.words.markdown import PLAIN
    from flows.questions.findings import class_findings, findings

    root = DataRoot.choose(data)
    found = list(
        findings(run, root, most=None if all_ or json_ else _FINDINGS)
        if class_ is None
        else class_findings(run, class_, root)
    )
    if json_:
        print(json.dumps([asdict(one) for one in found]))
        return 0
    for one in found:
        print(one.in_full(PLAIN))
    return 0


def synthesize(
    study: StudyFile,
    images: Annotated[
        list[str], Parameter(help="Images of its published run, by their path in table images.")
    ],
    *,
    out: Annotated[Path, Parameter(help="Where the pictures and captions.csv go.")],
    decoder: Annotated[
        str | None, Parameter(help="UnCLIP pipeline: a folder or a hub's name; Karlo by default.")
    ] = None,
    seed: Annotated[int | None, Parameter(help="Of the noise, shared by all pictures.")] = None,
    data: Data = None,
    json_: AsJson = False,
) -> int:
    """Draw images' translated features beside their equivalents, as UnCLIP sees them."""
    from flows.cli.printing import print_rows
    from flows.questions.draw_pairs import draw_pairs
    from flows.study.load import load_study
    from sing_core.networks.synthesis import KARLO, SEED

    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; name a folder")
    seed = SEED if seed is None else seed
    root = DataRoot.choose(data)
    captions = draw_pairs(load_study(study), images, out, decoder or KARLO, seed, root)
    rows = [asdict(caption) for caption in captions]
    if json_:
        print(json.dumps(rows))
    else:
        print_rows(rows, title=f"{out}: left T f, right T f~, the same noise")
    return 0
