"""`sing findings`: from hand-made rows to what differs from its control, in order."""

import subprocess
import sys

import duckdb
import pytest

from dashboards.words.markdown import PLAIN
from flows import cli
from flows.questions.findings import class_findings, findings
from flows.questions.named_runs import NotPublishedError, UnknownClassError
from tests.support.rows import add
from warehouse import schema
from warehouse.layout import DataRoot


def in_full(found):
    return [one.in_full(PLAIN) for one in found]


MORE = "more than other differences between images, the head"


MODELS = ["sharp", "blind", "plain"]


@pytest.fixture
def root(tmp_path):
    """Three models: one far from its controls, one a little, and one not at all."""
    root = DataRoot(tmp_path)
    root.published.mkdir(parents=True)
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        schema.create(database)
        _fill(database)
    (root.published / "CURRENT").write_text("gen-1.duckdb\n")
    return root


def _fill(database):
    add(database, "runs", {"study": "s", "status": "finished", "finished_at": "2026-01-01"})
    scores = {
        "model": MODELS, "is_as_ratio": [20.0, 4.0, 9.0],
        # Half a random step's ratio is as far from it as twice that.
        "ratio_excess": [2.2, 0.45, 1.0], "excess_ci_low": [2.0, 0.40, 0.9],
        "excess_ci_high": [2.4, 0.49, 1.1], "null_variance_share": 0.5, "abs_as_median_deg": 2.0,
        "warnings": [None, "few pictures: 9", None],
    }  # fmt: skip
    add(database, "model_scores", scores)
    groups = {
        "model": ["sharp", "sharp", "blind", "plain", "plain"],
        "concept_group": ["color", "size", "size", "size", "color"],
        "effect_share": [0.2, 0.9, 0.85, 0.6, None],
        # Odds of 1 to 3.5, 4 to 1 and 3 to 1, counted from the ends that are near 1/2.
        "effect_share_ci_low": [0.15, 0.8, 0.75, 0.4, None],
        "effect_share_ci_high": [0.22, 1.0, 0.95, 0.8, None],
        "feature_share": None, "feature_share_ci_low": None, "feature_share_ci_high": None,
    }  # fmt: skip
    add(database, "group_scores", groups)
    classes = {
        "model": [m for m in MODELS for _ in range(2)], "class_index": [0, 1] * 3,
        "class_name": ["a*b*", "cat"] * 3, "rank": [1, 2, 2, 1, 1, 2],
        "abs_as_median_deg": [12.0, 2.0, 2.0, 3.5, 2.1, 2.0],
        "abs_as_ci_low_deg": [11.0, 1.0, 1.0, 3.0, 1.5, 1.0], "abs_as_ci_high_deg": 20.0,
    }  # fmt: skip
    add(database, "class_scores", classes)
    add(database, "images", {"class_index": [0, 1], "class_name": ["a*b*", "cat"]})
    add(database, "concepts", {"concept_id": [0, 1], "phrase": ["red", "a Click"]})
    shifts = {
        "model": "sharp", "class_index": [0, 1, 0, 1], "concept_id": [0, 0, 1, 1],
        "as_mean_deg": [5.0, -3.0, 0.2, None], "as_ci_low_deg": [4.0, -4.0, -1.0, None],
        "as_ci_high_deg": [6.0, -2.0, 1.0, None], "control_as_mean_deg": [1.0, 3.0, 0.2, None],
        "p_adjusted": [0.01, 0.001, 0.9, None],
        "common_as_mean_deg": [1.0, 1.0, 0.2, 0.2], "common_ci_low_deg": [0.5, 0.5, -1.0, -1.0],
        "common_ci_high_deg": [1.5, 1.5, 1.0, 1.0], "control_common_as_mean_deg": [2.0, 2.0, 0, 0],
        "common_p_adjusted": [0.01, 0.01, 0.9, 0.9],
        "own_as_mean_deg": [4.0, -4.0, 0.1, None], "own_ci_low_deg": [3.0, -5.0, -1.0, None],
        "own_ci_high_deg": [5.0, -3.0, 1.0, None], "control_own_as_mean_deg": [-1.0, 1.5, 0, None],
        "own_p_adjusted": [0.01, 0.001, 0.9, None],
    }  # fmt: skip
    add(database, "concept_scores", shifts)


def test_what_differs_comes_first_the_furthest_first_and_the_rest_is_one_sentence(root):
    said = in_full(findings("s", root))

    starts = [
        "blind: read with care: few pictures: 9.",
        "sharp: a*b* images leak 12.0°",  # 11 of 2
        f"sharp: {MORE} overlooks size (90 %, 80 to 100)",  # 4 of 1
        f"sharp: {MORE} sees color (20 %, 15 to 22)",  # 1 of 2 / 7
        f"blind: {MORE} overlooks size (85 %, 75 to 95)",  # 3 of 1
        "blind: the null space holds more of the class than a random direction: IS / |AS| is 4.0",
        "sharp: the null space holds less of the class than a random direction: IS / |AS| is 20.0",
        "blind: cat images leak 3.50°",  # 3 of 2
        # Both are 4 from none; by their class index then.
        "sharp: without their null part, a*b* images move towards “red” by 4.00° of their own",
        "sharp: without their null part, cat images move away from “red” by 4.00° of their own",
        "sharp: without their null part, images of all classes move towards “red” by 1.00° (0.50",
    ]
    for sentence, start in zip(said, [*starts, "Not told from a control: "], strict=True):
        assert sentence.startswith(start)
    assert said[-1] == (
        "Not told from a control: IS / |AS| of plain; 2 of 5 shares of groups (size × 1, color × "
        "1); the class that leaks most by plain; 1 of 3 shifts towards phrases."
    )


def test_where_nothing_could_be_computed_nothing_is_told_from_a_control(root):
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        for table, column in database.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'main' "
            "and table_name in (select table_name from duckdb_tables()) "
            "and not internal and is_nullable and not is_generated "
            "and data_type in ('DOUBLE', 'BIGINT')"
        ).fetchall():
            database.execute(f"update main.{table} set {column} = null")

    said = in_full(findings("s", root))

    assert said == [
        "blind: read with care: few pictures: 9.",
        "Not told from a control: IS / |AS| of blind, plain, sharp; 5 of 5 shares of groups (size "
        "× 3, color × 2); the class that leaks most by blind, plain, sharp.",
    ]


def test_a_run_in_which_all_differs_has_no_rest(root):
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        for table in ("model_scores", "group_scores", "class_scores"):
            database.execute(f"delete from {table} where model = 'plain'")
        database.execute("delete from concept_scores where not own_differs_from_control")

    said = in_full(findings("s", root))

    assert len(said) == 11
    assert not any("Not told" in sentence for sentence in said)


@pytest.mark.parametrize(("last", "told"), [(1, True), (2, False)])
def test_a_class_whose_place_may_be_any_is_no_finding(root, last, told):
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        database.execute("update main.class_scores set rank_ci_low = 1, rank_ci_high = ?", [last])

    said = in_full(findings("s", root))

    assert any(sentence.startswith("sharp: a*b* images leak 12.0°") for sentence in said) is told
    assert ("the class that leaks most by blind, plain, sharp" in said[-1]) is not told


def test_names_stay_on_their_line_and_give_no_orders(root, capsys):
    name = "a\r\nb\x1b[31m:smile:"
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        database.execute("update main.class_scores set class_name = ?", [name])
        database.execute("update main.concepts set phrase = ?", [name])

    assert cli.command(["findings", "s", "--data", str(root.path)]) == 0

    out = capsys.readouterr().out
    assert out.count("\n") == len(in_full(findings("s", root, most=10))) == 11
    assert "a b\\x1b[31m:smile: images leak" in out
    assert "\x1b" not in out


def test_a_class_has_all_its_shifts_and_their_doubts(root):
    assert in_full(class_findings("s", "a*b*", root)) == [
        "sharp: without their null part, a*b* images move towards “red” by 4.00° of their own "
        "(3.00 to 5.00, random step -1.00), beside 1.00° that all classes share.",
        "sharp: without their null part, a*b* images move towards “a Click” by 0.10° of their own "
        "(-1.00 to 1.00, random step 0.00), which does not differ from its control, beside 0.20° "
        "that all classes share.",
        "sharp: without their null part, images of all classes move towards “red” by 1.00° "
        "(0.50 to 1.50, random step 2.00), whatever they show.",
    ]


def test_where_there_is_one_class_its_whole_movement_is_told(root):
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        database.execute(
            "update main.concept_scores set own_as_mean_deg = null, own_p_adjusted = null, "
            "common_as_mean_deg = null, common_p_adjusted = null"
        )

    said = in_full(findings("s", root))

    assert [sentence for sentence in said if "without their null part" in sentence] == [
        "sharp: without their null part, a*b* images move towards “red” by 5.00° (4.00 to 6.00, "
        "random step 1.00).",
        "sharp: without their null part, cat images move away from “red” by 3.00° (2.00 to 4.00, "
        "random step -3.00).",
    ]
    assert "1 of 3 shifts towards phrases" in said[-1]


def test_what_is_not_there_is_told(root):
    with pytest.raises(UnknownClassError, match=r"no pictures of class 'dog'; known: a\*b\*, cat"):
        list(class_findings("s", "dog", root))
    with pytest.raises(NotPublishedError, match="known runs: r"):
        list(findings("other", root))


def test_the_command_prints_a_sentence_a_line(root, capsys):
    assert cli.command(["findings", "s", "--data", str(root.path)]) == 0

    assert capsys.readouterr().out.splitlines() == in_full(findings("s", root, most=10))


def test_it_loads_no_network_and_no_page():
    heavy = "{'torch', 'timm', 'open_clip', 'inflect', 'prefect', 'streamlit', 'altair', 'polars'}"
    code = f"import sys, flows.questions.findings; print(sorted({heavy} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_findings_are_what_differs_from_its_control_in_a_real_run(made_once, ask):
    code, out, _ = ask("findings", "small", "--all")

    assert code == 0
    for model in ("res", "byob"):
        assert f"{model}: read with care:" in out
    for row in made_once.rows("from latest.model_scores"):
        differs = not row["excess_ci_low"] <= 1 <= row["excess_ci_high"]
        assert (f"{row['model']}: the null space holds" in out) == differs
    told = made_once.rows("from latest.concept_scores where own_differs_from_control")
    shared = made_once.rows("from latest.concept_scores where common_differs_from_control")
    assert out.count("of their own") == sum(
        min(2, sum(row["model"] == model for row in told)) for model in ("res", "byob")
    )
    assert out.count("images of all classes") == len({row["model"] for row in shared})
    assert out.splitlines()[-1].startswith("Not told from a control: ")


def test_findings_of_a_class_say_how_its_phrases_move(made_once, ask):
    code, out, _ = ask("findings", "small", "--class", "cat")

    assert code == 0
    strongest = made_once.rows(
        "select phrase, own_as_mean_deg from latest.concept_scores join latest.concepts "
        "using (run_id, concept_id) where class_index = 2 and model = 'byob' "
        "order by abs(own_as_mean_deg) desc limit 1"
    )[0]
    way = "towards" if strongest["own_as_mean_deg"] > 0 else "away from"
    size = f"{abs(strongest['own_as_mean_deg']):.2f}°"
    expected = f"cat images move {way} “{strongest['phrase']}” by {size} of their own"
    assert expected in out


def test_findings_of_nothing_are_told(ask):
    assert ask("findings", "none")[0] == 2
    code, _, err = ask("findings", "small", "--class", "none")
    assert code == 2
    assert "no pictures of class 'none'; known: apple, boat, cat, drum, eel" in err
