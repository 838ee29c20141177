"""`sing doctor --speed`: each stage alone, the whole, and what would help."""

import json

import pytest

from flows import cli
from flows.extraction import choose_backend, measure_speed
from flows.extraction.measure_speed import Speed, advice, whole


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(measure_speed, "_SECONDS", 0.05)
    monkeypatch.setattr(measure_speed, "_SIDE", 64)
    monkeypatch.setattr(choose_backend, "_SECONDS", 0.05)
    monkeypatch.setattr(choose_backend, "_ROUNDS", 1)
    monkeypatch.setattr(choose_backend, "_FEW", 0)
    monkeypatch.setattr(choose_backend, "_WORTH_S", 0.0)


def test_every_stage_is_timed_and_the_whole_follows_from_them(made, capsys):
    command = ["doctor", str(made.study), "--data", str(made.root.path), "--speed", "--json"]

    code = cli.command(command)

    told = json.loads(capsys.readouterr().out)
    stages = {(row["stage"], row["precision"]): row for row in told["stages"]}
    assert code == 0
    assert {name for name, kind in stages if kind == "float32"} == {"res", "byob", "clip"}
    assert all(row["pictures_per_s"] > 0 for row in stages.values())
    for (_, kind), row in stages.items():
        assert (row["angle_deg"] is not None) == (kind == "bfloat16")
    (decoding,) = [row["pictures_per_s"] for row in told["stages"] if row["precision"] is None]
    assert {name for name, kind in stages if kind == "float32 by ONNX Runtime"} == {
        "res", "byob", "clip",
    }  # fmt: skip
    used = {}
    for (name, kind), row in stages.items():
        if kind and kind.startswith("float32"):
            rate = 0.0 if row["why_not"] else row["pictures_per_s"]
            used[name] = max(used.get(name, 0.0), rate)
    seconds = 1 / decoding + sum(1 / rate for rate in used.values())
    assert told["pictures_per_s"] == pytest.approx(1 / seconds)
    assert told["seconds"] == pytest.approx(70 * seconds)


def test_it_is_told_to_people_too(made, capsys, monkeypatch):
    monkeypatch.setattr(measure_speed.onnx_runtime, "lacking", lambda: "onnxscript")
    assert cli.command(["doctor", str(made.study), "--data", str(made.root.path), "--speed"]) == 0

    said = capsys.readouterr().out
    assert "pictures/s in float32: 70 pictures in" in " ".join(said.split())
    assert "pip install 'sing-null-space[onnx]'" in " ".join(said.split())
    assert cli.command(["doctor", "--speed"]) == 2


ROWS = [
    Speed("decoding by 16 processes", None, 1000.0),
    Speed("a", "float32", 400.0), Speed("a", "float16", 4000.0, 0.02),
    Speed("b", "float32", 400.0), Speed("b", "float16", 4000.0, 0.04),
]  # fmt: skip


def test_a_backend_counts_where_a_run_would_use_it():
    by_onnx = "float32 by ONNX Runtime"
    rows = [Speed("decoding by 2 threads", None, 1e9), Speed("a", "float32", 100.0)]

    assert whole([*rows, Speed("a", by_onnx, 200.0)], "float32") == pytest.approx(200)
    refused = Speed("a", by_onnx, 200.0, why_not="their vectors differ")
    assert whole([*rows, refused], "float32") == pytest.approx(100)


def test_a_trial_must_be_worth_its_time(monkeypatch):
    monkeypatch.setattr(choose_backend, "_FEW", 1000)
    monkeypatch.setattr(choose_backend, "_WORTH_S", 120.0)
    assert choose_backend.is_worth_trying(2400, 20.0)
    assert not choose_backend.is_worth_trying(2399, 20.0)
    assert not choose_backend.is_worth_trying(999, 0.1)


def test_advice_is_what_gains_most_within_the_budget(monkeypatch):
    class Gpu:
        type = "cuda"

    monkeypatch.setattr(measure_speed, "device", Gpu)
    monkeypatch.setattr(measure_speed, "less_exact", lambda kind: ("float16",))

    assert whole(ROWS, "float32") == pytest.approx(200)
    assert whole(ROWS, "float16") == pytest.approx(1000)  # decoding is slower then
    assert advice(ROWS, 0.05) == "precision = 'float16' would give 5.0 times at 0.04°"
    assert "nothing less exact is within the budget" in advice(ROWS, 0.03)
    faster = [ROWS[0], *(Speed(r.stage, r.precision, 1e5, r.angle_deg) for r in ROWS[1:])]
    assert advice(faster, 0.05).startswith("decoding is the limit: more cores than")
