"""What the workers of a cluster have, and the commands that use them."""

from dataclasses import replace
from pathlib import Path

import pytest

from flows import workers
from flows.engines.choose import engine_at
from flows.extraction import extract_features
from flows.features.sources import ExtractionError
from flows.pipeline import run_study
from flows.study.load import load_study
from tests.support.command import sing
from tests.support.stored import comparable


def test_the_doctor_compares_workers_with_this_machine(dask_once, fresh, monkeypatch):
    study = load_study(fresh.study)
    with engine_at(dask_once.address) as engine:
        here, *rows = workers.compare_workers(study, fresh.root, engine)
        assert sorted(row["worker"] for row in rows) == ["worker-0", "worker-1"]
        assert all(row["problem"] is None for row in [here, *rows])
        assert {row["torch"] for row in rows} == {here["torch"]}
        assert not fresh.root.features.exists() or not list(fresh.root.features.iterdir())

        real = workers._version
        monkeypatch.setattr(workers, "_version", lambda name: f"{real(name)}.1")
        nowhere = replace(fresh.root, shards=str(fresh.study))  # a file is no folder
        rows = workers.compare_workers(study, nowhere, engine)

    told = [row["problem"] for row in rows if row["worker"].startswith("worker-")]
    assert all("torch " in one and "timm " in one and "cannot write to" in one for one in told)


def test_the_doctor_names_what_a_worker_does_not_see(dask_once, fresh):
    study = load_study(fresh.study)
    (fresh.folder / "res.safetensors").unlink()
    with engine_at(dask_once.address) as engine:
        rows = workers.compare_workers(study, fresh.root, engine)
    assert all("does not see" in row["problem"] and "res.safe" in row["problem"] for row in rows)


def test_the_command_says_what_the_workers_have(dask_once, fresh):
    arguments = ("doctor", fresh.study, "--engine", dask_once.address, "--data", fresh.root.path)
    told = sing(*arguments)
    assert told.returncode == 0, told.stderr
    assert "worker-0" in told.stdout
    assert sing("doctor", "--engine", dask_once.address).returncode == 2


def test_the_command_runs_a_study_on_a_cluster(dask_once, fresh, undisturbed):
    arguments = ("run", fresh.study, "--engine", dask_once.address, "--data", fresh.root.path)
    told = sing(*arguments)
    assert told.returncode == 0, told.stderr
    assert comparable(fresh) == undisturbed


def test_a_worker_with_another_disk_is_found_out(dask_once, fresh, monkeypatch):
    with engine_at(dask_once.address) as engine:
        monkeypatch.setattr(
            engine, "everywhere", lambda function: {"far": on_another_disk(function)}
        )
        _, row = workers.compare_workers(load_study(fresh.study), fresh.root, engine)
    assert "does not see" in row["problem"]
    assert str(fresh.root.path / "features" / "seen-") in row["problem"]


def on_another_disk(look):
    for path in look.args[0]:
        if path.name.startswith("seen-"):
            path.unlink()
    return look()


def test_shards_that_only_a_worker_sees_are_told(dask_once, fresh, monkeypatch):
    real = extract_features._require_seen

    def elsewhere(written, engine):
        for where in written:
            Path(where).unlink()
        real(written, engine)

    monkeypatch.setattr(extract_features, "_require_seen", elsewhere)
    with (
        engine_at(dask_once.address) as engine,
        pytest.raises(ExtractionError, match=r"workers of Dask at \S+ wrote .* does not see; have"),
    ):
        run_study(load_study(fresh.study), fresh.root, engine=engine)
