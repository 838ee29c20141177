"""Commands for who releases models: gate, card, export to a tracker."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.cli.options import Data, UsageError, require_writable
from flows.cli.questions import RunName
from warehouse.layout import DataRoot


class GateFormat(StrEnum):
    """How a gate tells what it found."""

    TABLE = "table"
    JSON = "json"
    GITHUB = "github"
    JUNIT = "junit"


def gate(
    run: RunName,
    *,
    rule: Annotated[
        list[str] | None,
        Parameter(
            help="A limit: `feature_share(class) <= +0.02` (a change), `is_as_ratio >= -5%` (one "
            "in percent), `accuracy >= 0.7` (the figure itself); perhaps `for MODEL`. Those of the "
            "study's [gate] by default.",
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        Parameter(help="What changes are against: last, a run, a study, or a file (--save)."),
    ] = None,
    save: Annotated[
        Path | None, Parameter(help="Write the run's figures as a file to hold others against.")
    ] = None,
    format_: Annotated[GateFormat, Parameter("--format")] = GateFormat.TABLE,
    data: Data = None,
) -> int:
    """Hold a run's figures against limits; exit code 1 where one is broken beyond its interval."""
    from flows.cli.printing import print_rows
    from flows.gate import formats
    from flows.gate.baseline import baseline_of
    from flows.gate.baseline import save as save_figures
    from flows.gate.check import as_row, broken, check
    from flows.gate.rules import Rule
    from flows.questions.named_runs import run_named
    from warehouse.read import Warehouse

    root = DataRoot.choose(data)
    run_id = run_named(run, root)
    if save is not None:
        require_writable(save)
        save_figures(run_id, save, root)
    (config,) = Warehouse(root).ask("run", run=run_id)["config_json"].to_pylist()
    asked = json.loads(config).get("gate") or {}
    texts = rule or asked.get("rules") or []
    against = baseline or (None if rule else asked.get("baseline"))
    if not texts:
        if save is not None:
            print(f"{save}: the figures of {run_id}")
            return 0
        raise UsageError("there is no rule; give some with --rule, or in the study's [gate]")
    rules = [Rule.read(text) for text in texts]
    held = None if against is None else baseline_of(against, run_id, root)
    checks = check(run_id, rules, held, root)
    match format_:
        case GateFormat.JSON:
            print(json.dumps([asdict(one) for one in checks]))
        case GateFormat.JUNIT:
            print(formats.junit(run_id, checks))
        case GateFormat.GITHUB:
            print("\n".join(formats.github(checks)))
        case GateFormat.TABLE:
            title = f"{run_id}" + ("" if held is None else f" against {held.name}")
            print_rows(
                [as_row(one) for one in checks], title=title, whole="--format json has all of them"
            )
    return 1 if any(broken(checks)) else 0


def card(
    run: RunName,
    *,
    model: Annotated[str, Parameter(help="The model that the card is about.")],
    data: Data = None,
) -> int:
    """Write a section for a model's card in Markdown, with Hugging Face's metadata."""
    from flows.gate.card import card as written
    from flows.questions.named_runs import run_named

    root = DataRoot.choose(data)
    print(written(run_named(run, root), model, root))
    return 0
