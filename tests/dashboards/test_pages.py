import json
import shutil
from pathlib import Path

import duckdb
import pytest

from tests import synthetic
from tests.dashboards.conftest import PAGES
from warehouse.generations import point_to
from warehouse.layout import DataRoot

#: Charts and tables of each page over a full file, without clicking anything.
SHOWN = {
    "models": (3, 1),
    "classes": (1, 1),
    "concepts": (2, 1),
    "image": (1, 1),
    "steering": (2, 1),
    "validation": (5, 6),
    "sql": (0, 1),
    "runs": (1, 5),
}


def charts(at):
    return at.get("vega_lite_chart")


@pytest.mark.parametrize("name", PAGES)
def test_a_full_file_fills_every_page(page, full, say, name):
    at = page(name, full)

    assert not at.exception
    n_charts, n_tables = SHOWN[name]
    assert len(charts(at)) == n_charts
    assert len(at.dataframe) == n_tables
    assert "older version" not in say(at)
    assert "not here" not in say(at)


@pytest.mark.parametrize("name", PAGES)
def test_what_could_not_be_computed_is_no_reason_to_fail(page, small, name):
    at = page(name, small)

    assert not at.exception
    assert at.header


@pytest.mark.parametrize("name", PAGES)
def test_without_results_a_page_says_which_command_makes_some(page, nothing, say, name):
    at = page(name, nothing)

    assert not at.exception
    assert "sing run STUDY" in say(at)
    assert "sing demo" in say(at)


@pytest.mark.parametrize("name", PAGES)
def test_an_older_file_is_told_as_such(page, older, say, name):
    at = page(name, older)

    assert not at.exception
    needs_new = name not in ("sql", "runs")
    assert ("older version" in say(at)) == needs_new
    if needs_new:
        assert "sing rebuild" in say(at)


def test_a_file_that_is_damaged_is_told_with_the_way_to_mend_it(page, full, say, tmp_path):
    shutil.copytree(full.path, tmp_path / "data")
    (tmp_path / "data" / "published" / "gen-1.duckdb").write_bytes(b"no database")

    at = page("models", DataRoot(tmp_path / "data"))

    assert not at.exception
    assert "sing rebuild" in say(at)


@pytest.mark.parametrize("name", PAGES)
def test_every_chart_has_words_units_and_few_marks(page, full, name):
    for chart in charts(page(name, full)):
        specification = json.loads(chart.proto.spec)
        assert chart.proto.alt, specification
        titles = " ".join(_titles(specification))
        if name not in ("sql",):
            assert any(unit in titles for unit in _UNITS), titles


_UNITS = ("degrees", "Share", "share", "IS / |AS|", "Ratio", "ratio", "top-1", "logit", "°", "AS")


def _titles(node):
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            yield node["title"]
        for inner in node.values():
            yield from _titles(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _titles(inner)


def test_two_classes_of_one_name_are_two_classes(page, full, tmp_path, say):
    root = DataRoot(tmp_path / "data")
    shutil.copytree(full.path, root.path)
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        for table in ("images", "class_scores"):
            database.execute(
                f"update main.{table} set class_name = 'crane' where class_index in (1, 3)"
            )

    at = page("classes", root, **{"class": "crane (3)"})

    assert "not here" not in say(at)
    boxes = json.loads(charts(at)[0].proto.spec)
    assert "crane (1)" in json.dumps(boxes)
    assert next(box for box in at.selectbox if box.label == "Class").value == "crane (3)"


def test_who_searches_leaves_the_image_that_was_looked_at(page, full):
    at = page("image", full)
    image = next(c.value for c in at.caption if "id " in c.value).split("id ")[-1]
    at = page("image", full, image=image.replace("\\", ""))

    next(box for box in at.text_input if box.label == "Search").set_value("class 0002").run()

    assert "image" not in at.query_params
    assert "find" in at.query_params


def test_a_link_restores_what_its_sender_saw(page, full):
    at = page(
        "classes", full, run="study0-0000", model="model01", beside="model02", show="least",
        **{"class": "class 0003"},
    )  # fmt: skip

    values = {box.label: box.value for box in at.selectbox}
    assert values["Run"] == "study0-0000"
    assert values["Model"] == "model01"
    assert values["Beside it"] == "model02"
    assert values["Class"] == "class 0003"
    assert at.button_group[0].value == "least"
    assert "class 0003" in " ".join(m.value for m in at.markdown)


def test_a_choice_is_written_into_the_address_with_all_others(page, full):
    at = page("classes", full)

    box = next(box for box in at.selectbox if box.label == "Model")
    box.set_value("model02").run()

    address = {k: v[-1] if isinstance(v, list) else v for k, v in at.query_params.items()}
    assert address["model"] == "model02"
    assert address["run"] == "study1-0003"
    assert address["show"] == "most"


def test_a_link_to_what_is_gone_says_so_and_shows_the_default(page, full, say):
    at = page("models", full, model="gone", run="study9-0000")

    assert not at.exception
    assert "study9-0000" in say(at)
    assert "“gone”" in say(at)


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("steering", {"is": "a lot"}),
        ("steering", {"is": "100000"}),
        ("image", {"image": "'; drop table images; --"}),
        ("image", {"image": "../../etc/passwd"}),
        ("concepts", {"find": "[(*"}),
        ("sql", {"q": "x" * 9000}),
        ("models", {"by": "<script>alert(1)</script>"}),
    ],
)
def test_an_address_with_nonsense_is_no_reason_to_fail(page, full, name, choices):
    at = page(name, full, **choices)

    assert not at.exception
    assert at.header


def test_what_is_newly_published_is_seen_without_a_restart(page, full, tmp_path):
    root = DataRoot(tmp_path / "data")
    shutil.copytree(full.path, root.path)
    at = page("runs", root)
    assert "study0-0009" not in at.dataframe[0].value["run_id"].to_list()

    shutil.copy(root.published / "gen-1.duckdb", root.published / "gen-2.duckdb")
    with duckdb.connect(str(root.published / "gen-2.duckdb")) as database:
        database.execute(
            "insert into main.runs select * replace ('study0-0009' as run_id, "
            "'2026-02-01'::timestamp as finished_at) from main.runs limit 1"
        )
    point_to(root, root.published / "gen-2.duckdb")
    at.run()

    assert "study0-0009" in at.dataframe[0].value["run_id"].to_list()


def test_a_page_holds_no_connection(page, full):
    page("models", full)

    # A writer would be refused while a reader of this process has the file open.
    with duckdb.connect(str(full.published / "gen-1.duckdb")) as database:
        assert database.execute("select count(*) from runs").fetchone() == (4,)


def test_the_console_answers_and_draws(page, full):
    query = "select model, is_as_ratio from latest.model_scores order by model"
    at = page("sql", full, q=query, x="model", y="is_as_ratio")

    assert not at.exception
    assert not at.warning
    answer = at.dataframe[0].value
    assert answer["model"].to_list()[0] == "model00"
    assert len(charts(at)) == 1


@pytest.mark.parametrize(
    "query",
    [
        "from read_csv('/etc/passwd')", "attach 'x.db'", "copy runs to 'x.csv'", "set threads = 1",
        "select getenv('HOME')", "select 1; select 2", "drop table runs",
    ],
)  # fmt: skip
def test_the_console_refuses_in_a_sentence(page, full, query):
    at = page("sql", full, q=query)

    assert not at.exception
    (said,) = at.warning
    assert str(full.path) not in said.value
    assert not charts(at)


def test_no_chart_has_more_marks_than_a_browser_can_draw(page, tmp_path_factory):
    root = DataRoot(tmp_path_factory.mktemp("wide"))
    size = synthetic.Size(
        runs=1, models=13, classes=300, concepts=120, images=3000, phrases_kept=3, steered=50
    )
    synthetic.publish(root, size)

    for name in ("models", "classes", "concepts", "steering", "validation"):
        at = page(name, root)
        assert not at.exception
        drawn = [_marks(chart.proto) for chart in charts(at)]
        assert drawn
        assert max(drawn) <= 20_000, (name, drawn)


def _marks(proto):
    rows = sum(len(v) for v in _values(json.loads(proto.spec)))
    return rows + sum(_arrow_rows(data) for data in proto.datasets)


def _arrow_rows(dataset):
    import pyarrow as pa

    with pa.ipc.open_stream(dataset.data.data) as stream:
        return stream.read_all().num_rows


def _values(node):
    if isinstance(node, dict):
        values = node.get("values")
        if isinstance(values, list) and values and isinstance(values[0], dict):
            yield values
        for inner in node.get("datasets", {}).values():
            yield inner
        for key, inner in node.items():
            if key != "datasets":
                yield from _values(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _values(inner)


def test_pages_are_drawn_from_anywhere(page, full, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert not page("models", full).exception
    assert list(Path(tmp_path).iterdir()) == []
