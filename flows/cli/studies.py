"""Commands that carry studies out: run, demo, validate, serve, shapes train."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from dashboards.words.markdown import one_line
from flows.cli.options import AsJson, Data, EngineAt, Plain, StudyFile, UsageError, complain
from warehouse.layout import DataRoot

if TYPE_CHECKING:
    from flows.pipeline import Outcome


def run(
    study: StudyFile,
    *,
    data: Data = None,
    plain: Plain = False,
    verify: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Read all that was stored before, and make anew what is not as it was written; "
            "without, only what was touched since.",
        ),
    ] = False,
    engine: EngineAt = None,
    json_: AsJson = False,
) -> int:
    """Carry out a study and publish its scores; at once if nothing has changed."""
    root = DataRoot.choose(data)
    outcome = _carry_out(study, root, plain=plain, verify=verify, engine=engine)
    _print_models(outcome, root, as_json=json_)
    return 1 if outcome.not_scored else 0


def demo(
    *,
    data: Data = None,
    plain: Plain = False,
    engine: EngineAt = None,
    json_: AsJson = False,
) -> int:
    """Draw the made world and carry out its study: seven classifiers with known habits."""
    from flows.made_world.demo import STUDY, what_it_shows

    root = DataRoot.choose(data)
    outcome = _carry_out(STUDY, root, plain=plain, engine=engine)
    _print_models(outcome, root, as_json=json_)
    if not json_:
        print(what_it_shows(outcome.run_id, root, data))
    return 1 if outcome.not_scored else 0


def init(
    folder: Annotated[Path, Parameter(help="A folder of class folders with pictures.")],
    *,
    into: Annotated[Path, Parameter(help="Where the study goes; here by default.")] = Path(),
) -> int:
    """Write a study to start from, NAME.toml and concepts.txt, for a folder of pictures."""
    from flows.study.draft import draft

    study, notes = draft(folder, into)
    for note in notes:
        print(one_line(note))
    print(f"wrote {study} and {study.with_name('concepts.txt')}; next: sing doctor {study}")
    return 0


def validate(
    study: Annotated[
        Path | None, Parameter(help="A study of drawn scenes; the demo's by default.")
    ] = None,
    *,
    data: Data = None,
    json_: AsJson = False,
) -> int:
    """Ask which score tells the truth, by changing single attributes of drawn scenes."""
    from flows.cli.printing import print_rows
    from flows.made_world import verdict as agreements
    from flows.made_world.demo import STUDY
    from flows.made_world.validate import validate as carry_out
    from flows.study.load import load_study

    root = DataRoot.choose(data)
    run_id = carry_out(load_study(study or STUDY), root)
    rows = agreements.agreement_table(run_id, root)
    if json_:
        print(json.dumps({"run_id": run_id, "agreements": rows}))
    else:
        print_rows(
            agreements.for_people(rows),
            title=f"{run_id}: Spearman correlation of each score with each truth, all models",
        )
        print(agreements.how_to_read(run_id, root))
    return 0


def train(
    folder: Annotated[Path, Parameter(help="Where the weights and their card go.")],
) -> int:
    """Train the made world's classifiers and image-text model anew (half an hour on two cores)."""
    from flows.made_world.train_networks import Recipe, train

    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder")
    train(folder, Recipe())
    complain(f"the weights are in {folder}, described in {folder / 'README.md'}")
    return 0


def _carry_out(
    study: Path, root: DataRoot, *, plain: bool, verify: bool = False, engine: str | None = None
) -> "Outcome":
    from flows.engines.choose import engine_at, kind_of
    from flows.study.load import load_study

    wanted = load_study(study)
    if engine is not None:
        kind_of(engine)  # a wrong address is told before a server starts
    if not plain:
        return _run_as_flow(study, root, verify=verify, engine=engine)
    from flows.pipeline import run_study

    with engine_at(engine) as carries_out:
        return run_study(wanted, root, verify=verify, engine=carries_out)


def _print_models(outcome: "Outcome", root: DataRoot, *, as_json: bool) -> None:
    from flows.cli.printing import print_rows
    from flows.questions.model_table import for_people, model_table

    rows = model_table(root, outcome.run_id)
    if as_json:
        print(json.dumps({"run_id": outcome.run_id, "worked": outcome.worked, "models": rows}))
    else:
        print_rows(for_people(rows), title=f"{outcome.run_id}: medians, angles in degrees")
        for row in rows:
            if row["note"]:
                print(one_line(f"{row['model']}: {row['note']}"))
    for model, why in outcome.not_scored.items():
        complain(one_line(f"{model} is not analyzed: {why}"))


def _run_as_flow(study: Path, root: DataRoot, *, verify: bool, engine: str | None) -> "Outcome":
    from flows import prefect_settings

    # What goes wrong is told in one sentence at the end, not in Prefect's log as well.
    prefect_settings.prepare(root, log_level="CRITICAL")
    with prefect_settings.server(root, "run without Prefect: --plain") as address:
        from flows.analyze import run_once  # seconds, in which the server starts

        return run_once(study.absolute(), root, address(), verify=verify, engine=engine)


def serve(
    study: StudyFile,
    *,
    cron: Annotated[
        str, Parameter(help='When to run: minute, hour, day, month, weekday, as in "0 3 * * *".')
    ],
    timezone: Annotated[str, Parameter(help="Whose clock that is, as in Europe/Berlin.")] = "UTC",
    notify: Annotated[
        str | None,
        Parameter(
            help="Command that is run when a run fails, with the message on its standard input "
            "and in $SING_MESSAGE; without a shell."
        ),
    ] = None,
    data: Data = None,
) -> int:
    """Serve a study as a Prefect deployment that runs on a schedule, until interrupted."""
    from flows import prefect_settings
    from flows.study.load import load_study
    from flows.terminal.notify import words

    load_study(study)
    if notify is not None:
        words(notify)  # a command that cannot be is told now, not in the night
    root = DataRoot.choose(data)
    prefect_settings.prepare(root, log_level="INFO")
    prefect_settings.require_server("configure none, and one is started here")
    from flows.schedule import serve_study

    return serve_study(study.absolute(), cron, timezone, notify, root)
