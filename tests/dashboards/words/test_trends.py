from dashboards.words.changed import changed_settings
from dashboards.words.markdown import PLAIN
from dashboards.words.trends import trend


def test_a_trend_is_told_by_its_ends_and_only_beyond_their_intervals():
    def at(run, model, value, reach=0.01):
        ends = {"low": None, "high": None} if reach is None else {
            "low": value - reach, "high": value + reach
        }  # fmt: skip
        return {"run_id": run, "model": model, "value": value, **ends}

    rows = [at("1", "a", 0.2), at("1", "b", 0.5), at("2", "a", 0.3), at("2", "b", 0.51)]
    assert trend(rows, "Class share", "s", PLAIN) == (
        "Class share over 2 runs of s: the first and the last differ beyond their intervals for 1 "
        "of 2 models, most for a: 0.20 (0.19 to 0.21), then 0.30 (0.29 to 0.31)."
    )
    still = [rows[1], rows[3]]
    assert trend(still, "Class share", "s", PLAIN) == (
        "Class share over 2 runs of s: of no model do the first and the last differ beyond their "
        "intervals."
    )
    bare = [at("1", "a", 2.0, None), at("2", "a", 3.0, None)]
    assert trend(bare, "Median", "s", PLAIN) == (
        "Median over 2 runs of s: no interval is stored; most moved a, from 2.00 to 3.00."
    )
    assert trend(rows[:2], "Class share", "s", PLAIN) == ""


def test_settings_that_differ_are_named_with_their_values():
    before = {"config_json": '{"a": {"b": 1, "c": [1, 2]}}', "code_version": "1"}
    after = {"config_json": '{"a": {"b": 1, "c": [1, 3]}, "d": null}', "code_version": "2"}

    assert list(changed_settings(before, after)) == [
        ("a.c[1]", "2", "3"), ("code version", "1", "2")
    ]  # fmt: skip
    assert not list(changed_settings(before, before))
