"""Checkpoints of a training as a series of models, in the order of their numbers."""

import shutil

import polars as pl
import pytest

from dashboards.charts import runs as charts
from dashboards.charts.palette import Palette
from flows.study.checkpoints import spread
from flows.study.load import StudyError, load_study
from tests.support.made import copied

RES = 'timm = "test_resnet"\ncheckpoint = "res.safetensors"'


def names(files, folder, pattern="*", model=None):
    for file in files:
        (folder / file).touch()
    content, problems = spread(
        {"models": [{"id": "m", **(model or {}), "checkpoints": pattern}]}, folder
    )
    assert problems == []
    return [one["id"] for one in content["models"]]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (["epoch-10.pt", "epoch-2.pt", "epoch-1.pt"], ["m-1", "m-2", "m-10"]),
        (["epoch-10.pt", "epoch-12.pt"], ["m-10", "m-12"]),
        (["step100.pt", "step1100.pt"], ["m-100", "m-1100"]),
        (["e08_best.pt", "e10_best.pt"], ["m-08", "m-10"]),
        (["best.pt", "last.safetensors"], ["m-best.pt", "m-last.safetensors"]),
        (["only one.pt"], ["m-only-one"]),
    ],
)
def test_models_are_called_after_what_tells_the_files_apart(tmp_path, files, told):
    assert names(files, tmp_path) == told


def test_other_models_stay_where_they_are(tmp_path):
    (tmp_path / "a1.pt").touch()
    (tmp_path / "a2.pt").touch()
    given = [{"id": "x", "timm": "t"}, {"id": "a", "checkpoints": "a*.pt"}, {"id": "y"}]

    content, _ = spread({"name": "s", "models": given}, tmp_path)

    assert [one["id"] for one in content["models"]] == ["x", "a-1", "a-2", "y"]
    assert content["models"][1] == {
        "id": "a-1", "checkpoint": str(tmp_path / "a1.pt"), "series": "a",
    }  # fmt: skip


def test_a_study_over_checkpoints_is_a_curve(made_once, tmp_path):
    made = copied(made_once, tmp_path / "copy")
    for epoch in (2, 10):
        shutil.copy(made.folder / "res.safetensors", made.folder / f"epoch-{epoch}.safetensors")
    made.rewrite(RES, 'timm = "test_resnet"\ncheckpoints = "epoch-*.safetensors"')

    study = load_study(made.study)
    assert [model.id for model in study.models] == ["res-2", "res-10", "byob"]
    assert [model.series for model in study.models] == ["res", "res", None]
    run_id = made.run().run_id

    rows = made.warehouse.ask(
        "series", run=run_id, metric="is_median_deg", models=["res-2", "res-10"]
    )
    assert rows["model"].to_pylist() == ["res-2", "res-10"]
    # The same weights: the same figure, whatever the series.
    assert rows["value"][0] == rows["value"][1]

    figure = charts.series(
        pl.from_arrow(rows), "is_median_deg", "res", Palette(["res-2", "res-10"])
    )
    assert "<svg" in figure.svg()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('checkpoints = "nothing-*.pt"', r"models\[1\].checkpoints: no file fits .*nothing-"),
        ('checkpoints = 3', r"need a pattern of files such as .*, got 3"),
        (
            'checkpoints = "*.safetensors"\ncheckpoint = "res.safetensors"',
            "says which weights, and so does checkpoint",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(made_once, tmp_path, lines, words):
    made = copied(made_once, tmp_path / "copy")
    made.rewrite(RES, f'timm = "test_resnet"\n{lines}')

    with pytest.raises(StudyError, match=words):
        load_study(made.study)
