"""Hand a run's figures to an experiment tracker that is installed: MLflow, or Weights & Biases."""

import math
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flows.gate.baseline import figures_of
from warehouse.layout import DataRoot
from warehouse.read import Warehouse


class NoTrackerError(RuntimeError):
    """A tracker that is not installed, or does not take the run."""

    exit_code = 1


def metrics(run_id: str, root: DataRoot) -> dict[str, float]:
    """Return every figure of a run by ``model/metric/of``, with its interval as ``…_ci_low``."""
    found: dict[str, float] = {}
    for model, figures in figures_of(run_id, root).items():
        for (metric, part), one in figures.items():
            name = "/".join(_plain(word) for word in (model, metric, part) if word is not None)
            numbers = {name: one.value, f"{name}_ci_low": one.low, f"{name}_ci_high": one.high}
            found |= {key: value for key, value in numbers.items() if math.isfinite(value)}
    return found


def _plain(word: str) -> str:
    """A name as every tracker takes it."""
    return "".join(sign if sign.isalnum() or sign in "_-. " else "_" for sign in word)


def _mlflow(run: Mapping[str, Any], numbers: dict[str, float], report: Path) -> str:
    import mlflow

    mlflow.set_experiment(f"sing {run['study']}")
    with mlflow.start_run(run_name=run["run_id"]) as started:
        mlflow.set_tags({"sing.run_id": run["run_id"], "sing.code_version": run["code_version"]})
        mlflow.log_metrics(numbers)
        mlflow.log_artifact(str(report))
    where = mlflow.get_tracking_uri()
    return f"run {started.info.run_id} of experiment 'sing {run['study']}' in {where}"


def _wandb(run: Mapping[str, Any], numbers: dict[str, float], report: Path) -> str:
    import wandb

    config = {"run_id": run["run_id"], "code_version": run["code_version"]}
    with wandb.init(
        project=f"sing-{_plain(run['study'])}", name=run["run_id"], config=config
    ) as started:
        started.summary.update(numbers)
        artifact = wandb.Artifact(f"report-{_plain(run['run_id'])}", type="report")
        artifact.add_file(str(report))
        started.log_artifact(artifact)
        return f"run {started.name} in {started.dir}"


TRACKERS: dict[str, Callable[[Mapping[str, Any], dict[str, float], Path], str]] = {
    "mlflow": _mlflow,
    "wandb": _wandb,
}


def hand_over(run_id: str, to: str, root: DataRoot) -> str:
    """Give a run's figures and its report to a tracker; return where they are.

    Raises
    ------
    NoTrackerError
        If it is not installed, or refuses.
    """
    from dashboards.report.report import Report

    warehouse = Warehouse(root)
    (run,) = warehouse.ask("run", run=run_id).to_pylist()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / f"{run_id}.html"
        report.write_text(Report(warehouse, run).html())
        try:
            return TRACKERS[to](run, metrics(run_id, root), report)
        except ModuleNotFoundError as error:
            raise NoTrackerError(f"{to} is not installed; pip install {to}") from error
        except Exception as error:  # whatever its client raises
            words = " ".join(str(error).split())[:300]
            raise NoTrackerError(f"{to} does not take the run: {words}") from error
