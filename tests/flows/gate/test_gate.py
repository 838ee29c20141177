"""`sing gate`: rules as people write them, over real runs and against files."""

import json
from xml.etree import ElementTree

import duckdb
import pytest

from flows import cli
from flows.gate.changes import changes
from flows.gate.rules import BadRuleError, Rule
from tests.support import synthetic
from warehouse.layout import DataRoot


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Two runs of a study; in the second, `model00` turns images half as far and its share grew."""
    root = DataRoot(tmp_path_factory.mktemp("gate"))
    synthetic.publish(root, synthetic.Size(runs=2, images=400))
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        (old, new) = [
            run for (run,) in database.execute(
                "select run_id from main.runs order by finished_at, run_id").fetchall()
        ]  # fmt: skip
        database.execute(
            "update main.model_scores set is_as_ratio = 10, ratio_ci_low = 9.5, "
            "ratio_ci_high = 10.5"
        )
        database.execute(
            "update main.group_scores set feature_share = 0.20, feature_share_ci_low = 0.19, "
            "feature_share_ci_high = 0.21"
        )
        database.execute(
            "update main.group_scores set feature_share = 0.30, feature_share_ci_low = 0.29, "
            "feature_share_ci_high = 0.31 where run_id = ? and model = 'model00'", [new],
        )  # fmt: skip
        database.execute(
            "update main.image_scores set is_deg = is_deg * 0.5 where run_id = ? and model = "
            "'model00'", [new],
        )  # fmt: skip
        database.execute(
            "update main.model_scores set is_as_ratio = 5, ratio_ci_low = 4.7, ratio_ci_high = 5.3 "
            "where run_id = ? and model = 'model00'", [new],
        )  # fmt: skip
    return root, old, new


@pytest.fixture
def gate(root, capsys):
    def call(*arguments, run=None):
        folder, _, new = root
        code = cli.command(["gate", run or new, *arguments, "--data", str(folder.path)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("feature_share(class) <= +0.02", ("feature_share", "class", True, 0.02, "change", None)),
        ("is_as_ratio >= -5%", ("is_as_ratio", None, False, -0.05, "percent", None)),
        ("accuracy>=0.7 for my net", ("accuracy", None, False, 0.7, "value", "my net")),
        (
            "  margin_without_null_deg( fill color ) <= -1.5 ",
            ("margin_without_null_deg", "fill color", True, -1.5, "change", None),
        ),
        ("is_as_ratio <= 5%", ("is_as_ratio", None, True, 0.05, "percent", None)),
    ],
)
def test_a_rule_is_read(text, expected):
    rule = Rule.read(text)

    assert (rule.metric, rule.of, rule.at_most, rule.limit, rule.kind, rule.model) == expected


@pytest.mark.parametrize("text", ["", "accuracy", "accuracy = 3", "accuracy <= x", "a b <= 1"])
def test_what_is_no_rule_is_told(text):
    with pytest.raises(BadRuleError, match=r"cannot be read; need METRIC <= LIMIT"):
        Rule.read(text)


def test_what_is_broken_beyond_its_interval_fails(gate):
    code, out, _ = gate(
        "--baseline", "last", "--rule", "feature_share(class) <= +0.02",
        "--rule", "is_as_ratio >= -5%", "--format", "json",
    )  # fmt: skip

    assert code == 1
    found = {(row["model"], row["rule"]): row for row in json.loads(out)}
    assert len(found) == 6
    for rule in ("feature_share(class) <= +0.02", "is_as_ratio >= -5%"):
        assert found["model00", rule]["verdict"] == "fail"
        assert found["model01", rule]["verdict"] == found["model02", rule]["verdict"] == "pass"
    share = found["model00", "feature_share(class) <= +0.02"]
    assert (share["before"], share["now"]) == (0.2, 0.3)
    assert share["change"] == pytest.approx(0.1)
    assert 0.02 < share["low"] < 0.1 < share["high"]
    assert found["model00", "is_as_ratio >= -5%"]["change"] == pytest.approx(-0.5)
    assert found["model01", "is_as_ratio >= -5%"]["change"] == 0


def test_a_difference_within_its_interval_passes_and_says_so(gate):
    code, out, _ = gate(
        "--baseline", "last", "--rule", "feature_share(class) <= +0.095 for model00"
    )

    assert code == 0
    assert "beyond the limit, but not by more than its interval" in out
    assert "PASS" in out


def test_a_figure_itself_can_be_bounded_without_a_baseline(gate):
    assert gate("--rule", "feature_share(class) <= 0.35")[0] == 0
    assert gate("--rule", "feature_share(class) <= 0.25 for model00")[0] == 1
    # Its interval is not stored; it is that of the images.
    code, out, _ = gate("--rule", "is_median_deg >= 1000 for model01", "--format", "json")
    assert code == 1
    (row,) = json.loads(out)
    assert row["low"] < row["change"] < row["high"]


def test_a_file_of_figures_is_a_baseline(gate, root, tmp_path):
    file = tmp_path / "figures.json"
    assert gate("--save", str(file), run=root[1])[0] == 0

    code, out, _ = gate("--baseline", str(file), "--rule", "feature_share(class) <= +0.02")

    assert code == 1
    assert f"against the file {file.name}" in out
    (tmp_path / "odd.json").write_text('{"kind": "else"}')
    code, _, err = gate("--baseline", str(tmp_path / "odd.json"), "--rule", "accuracy >= +0")
    assert code == 2
    assert "holds no figures of a run" in err


def test_programs_read_it(gate):
    arguments = ("--baseline", "last", "--rule", "feature_share(class) <= +0.02")

    _, out, _ = gate(*arguments, "--format", "junit")
    suite = ElementTree.fromstring(out)
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    (failure,) = suite.iter("failure")
    assert failure.get("message").startswith("model00: feature_share(class) <= +0.02 is broken; it")
    _, out, _ = gate(*arguments, "--format", "github")
    assert (
        sum(line.startswith("::error title=sing gate::model00: ") for line in out.splitlines()) == 1
    )
    assert out.count("pass model0") == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "there is no rule; give some with --rule"),
        (("--rule", "feature_share(class) <= +0.1"), "is about a change; name what it is against"),
        (("--rule", "feature_shar(class) <= 1"), "no figure of this run; known: feature_share"),
        (("--rule", "feature_share(clas) <= 1"), "need one of class"),
        (("--rule", "feature_share <= 1"), "in brackets"),
        (("--rule", "is_as_ratio(class) <= 1"), "need no brackets"),
        (("--rule", "accuracy >= 1 for rex"), "has no scores of; known: model00"),
        (("--baseline", "none", "--rule", "accuracy >= +0"), "no run or study 'none'"),
    ],
)
def test_what_cannot_be_checked_is_told(gate, arguments, says):
    code, out, err = gate(*arguments)

    assert (code, out) == (2, "")
    assert says in " ".join(err.split())


def test_the_first_run_has_no_last_one(gate, root):
    code, _, err = gate("--baseline", "last", "--rule", "accuracy >= +0", run=root[1])

    assert code == 2
    assert "is the first run of study0" in err


def test_what_changed_is_told_beyond_its_interval(root):
    folder, old, new = root

    rows = {(row["model"], row["figure"]): row for row in changes(old, new, folder)}

    assert len({model for model, _ in rows}) == 3
    share = rows["model00", "feature_share(class)"]
    assert (share["before"], share["after"], share["told"]) == (0.2, 0.3, "larger")
    assert share["low"] < share["change"] < share["high"]
    assert rows["model01", "feature_share(class)"]["told"] == "the same"
    assert rows["model00", "is_as_ratio"]["told"] == "smaller"
    back = {(row["model"], row["figure"]): row for row in changes(new, old, folder)}
    assert back["model00", "is_as_ratio"]["told"] == "larger"


def test_a_study_may_have_the_rules(made_once, fresh, capsys):
    fresh.study.write_text(
        fresh.study.read_text() + '\n[gate]\nrules = ["null_energy_mean <= 0.0001"]\n'
    )
    fresh.run()

    code = cli.command(["gate", "small", "--data", str(fresh.root.path)])

    assert code == 1
    assert capsys.readouterr().out.count("FAIL") == 2
    # Rules are no part of what is computed.
    assert fresh.run().run_id == made_once.outcome.run_id
