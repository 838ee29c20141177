"""The records of runs."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from warehouse import ledger
from warehouse.layout import DataRoot

RUN = ledger.Run(
    run_id="b",
    study="s",
    started_at=datetime(2026, 1, 2),
    finished_at=None,
    status="unfinished",
    config_json="{}",
    code_version="0.1.0",
    package_versions_json="{}",
)


def test_records_are_read_back_oldest_first(tmp_path):
    root = DataRoot(tmp_path)
    ended = replace(RUN.ended("failed", "no pictures"), run_id="a", started_at=datetime(2026, 1, 1))
    for run in (RUN, ended, replace(RUN, run_id="c")):
        ledger.save(root, run)

    assert ledger.load_all(root) == [RUN, replace(RUN, run_id="c"), ended]
    assert abs(ledger.now() - ended.finished_at) < timedelta(minutes=5)
    assert ledger.load(root, "none") is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"run_id": "b"}'])
def test_a_record_that_is_none_is_told(tmp_path, content):
    root = DataRoot(tmp_path)
    ledger.save(root, RUN)
    (root.runs / "b" / "run.json").write_text(content)

    with pytest.raises(ledger.BadRecordError, match="is no record of a run .* give that run up"):
        ledger.load_all(root)


def test_tables_without_a_record_are_not_left_out_in_silence(tmp_path):
    root = DataRoot(tmp_path)
    root.table("b", "images").parent.mkdir(parents=True)

    with pytest.raises(ledger.BadRecordError, match=r"tables but no run\.json; .* put it back"):
        ledger.load_all(root)


def test_the_order_is_that_of_serial_numbers_whatever_the_clock_said(tmp_path):
    root = DataRoot(tmp_path)
    finished = replace(RUN, status="finished")
    for run_id, day, serial in (("new", 1, 4), ("old", 9, 3), ("older", 8, None), ("a", 7, None)):
        moment = datetime(2026, 1, day)
        ledger.save(root, replace(finished, run_id=run_id, finished_at=moment, serial=serial))

    runs = ledger.load_all(root)

    assert [(run.run_id, run.serial) for run in runs] == [
        ("a", 1), ("older", 2), ("old", 3), ("new", 4),
    ]  # fmt: skip
    assert ledger.next_serial(root, "next") == 5
    assert ledger.next_serial(root, "new") == 4


def test_a_record_with_another_digit_is_told(tmp_path):
    root = DataRoot(tmp_path)
    ledger.save(root, RUN)
    path = root.runs / "b" / "run.json"
    path.write_text(path.read_text().replace("0.1.0", "0.1.1"))

    with pytest.raises(ledger.BadRecordError, match="it is not what was written"):
        ledger.load(root, "b")
