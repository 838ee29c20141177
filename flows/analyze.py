"""The whole analysis as a Prefect flow: from pictures to published scores. Start here.

The steps are plain functions (``flows/pipeline.py``); only here do they become
Prefect tasks. Prefect shows and retries them. What was done, and what need not
be done again, is known from the data root alone, so the flow gives the same
results with a server, without one, and without Prefect.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flows.terminal import leaving

leaving.register()

# ruff: noqa: E402
from prefect import flow, runtime
from prefect import task as prefect_task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.engines.choose import engine_at
from flows.pipeline import Outcome, run_study
from flows.questions.model_table import model_table
from flows.study.load import load_study
from flows.terminal.failures import reason
from flows.terminal.notify import notify
from flows.terminal.progress import say
from warehouse.layout import DataRoot

#: Where a service tells its runs the command that tells somebody of a failure.
NOTIFY = "SING_NOTIFY"


class NotAllScoredError(RuntimeError):
    """Results are published, but a model of the study could not be analyzed."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(
            "; ".join(
                f"{model} is not analyzed: {why}" for model, why in outcome.not_scored.items()
            )
        )


def _may_pass(_task: Any, _run: Any, state: Any) -> bool:
    """Whether trying again can help: a disk or network that stumbled, not wrong input."""
    error = state.result(raise_on_failure=False)
    hopeless = FileNotFoundError | PermissionError | NotADirectoryError | IsADirectoryError
    return isinstance(error, OSError) and not isinstance(error, hopeless)


def as_task(function: Callable[..., Any], *args: Any, name: str, task: str | None = None) -> Any:
    """Carry out a step as a Prefect task; its run has the name."""
    make_task = prefect_task(
        name=task or function.__name__,
        task_run_name=name.replace("{", "{{").replace("}", "}}"),
        retries=2,
        retry_delay_seconds=[2, 10],
        retry_condition_fn=_may_pass,
        # Whether a step may be skipped is decided by what lies in the data root.
        cache_policy=NO_CACHE,
        persist_result=False,
    )

    def carried_out() -> Any:
        return function(*args)

    # Without arguments: Prefect looks through each, and some list a million pictures.
    return make_task(carried_out)()


def _run_name() -> str:
    return Path(runtime.flow_run.parameters["study"]).stem


def _tell(flow: Any, flow_run: Any, state: Any) -> None:
    """Have the service's command tell somebody that one of its runs failed."""
    command = os.environ.get(NOTIFY)
    if not (command and flow_run.deployment_id):
        return
    why = " ".join(str(state.message).split())
    if state.is_failed():  # of a crash, the message is all that there is
        why = reason(state.result(raise_on_failure=False))
    problem = notify(command, f"the run of {flow_run.parameters['study']} failed: {why}")
    if problem:
        say(problem)


@flow(
    name="sing-analyze",
    flow_run_name=_run_name,
    persist_result=False,
    on_failure=[_tell],
    on_crashed=[_tell],
)
def analyze(
    study: str, data: str | None = None, verify: bool = False, engine: str | None = None
) -> Outcome:
    """Carry out a study file and publish its results. A served run waits for the data root.

    Parameters
    ----------
    study
        Path of the study file.
    data
        The data root; ``$SING_DATA`` or ``./data`` by default.
    verify
        Read all that was stored before, and make anew what is not as it was written.
    engine
        Address of the cluster that extracts and scores; this machine, or what the settings say.

    Raises
    ------
    LockedError
        If another process is writing to the data root, and nobody serves this run.
    NotAllScoredError
        If a model could not be analyzed. The others' results are published.
    """
    root = DataRoot.choose(data)

    with engine_at(engine) as carries_out:
        outcome = run_study(
            load_study(Path(study)), root, as_task, verify=verify, engine=carries_out,
            patient=bool(runtime.deployment.id),
        )  # fmt: skip
    create_table_artifact(
        key="sing-model-scores",
        table=model_table(root, outcome.run_id),
        description=f"Null-space scores of run {outcome.run_id}, angles in degrees.",
    )
    if outcome.not_scored:
        raise NotAllScoredError(outcome)
    return outcome


def run_once(
    study: Path,
    root: DataRoot,
    server: str,
    *,
    verify: bool = False,
    engine: str | None = None,
) -> Outcome:
    """Run the flow in this process, on the Prefect server at this address."""
    with temporary_settings({PREFECT_API_URL: server}):
        state = analyze(str(study), str(root.path), verify, engine, return_state=True)
    result = state.result(raise_on_failure=False)
    if isinstance(result, NotAllScoredError):
        return result.outcome
    if isinstance(result, BaseException):
        raise result
    return result
