import re
import shutil
from html import escape
from html.parser import HTMLParser

import duckdb
import pytest

from dashboards.report.report import Report
from flows import cli
from tests.support import synthetic
from warehouse.layout import DataRoot
from warehouse.read import Warehouse


class Parsed(HTMLParser):
    """Elements and what they refer to."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.references, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.references += [v for k, v in attrs if k in ("src", "href", "xlink:href", "data")]

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = DataRoot(tmp_path_factory.mktemp("report"))
    synthetic.publish(root, synthetic.Size(runs=1))
    # Names come from folders and study files: they may be anything.
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        for table in ("class_scores", "images", "steering_curves", "class_confusion"):
            for column in ("class_name", "source_class", "target_class", "target"):
                known = database.execute(
                    "select 1 from duckdb_columns() where schema_name = 'main' "
                    "and table_name = ? and column_name = ?",
                    [table, column],
                ).fetchall()
                if known:
                    database.execute(
                        f"update main.{table} set {column} = '<script>alert(1)</script>' "
                        f"where {column} = 'class 0000'"
                    )
    return root


@pytest.fixture(scope="module")
def text(root):
    (row,) = Warehouse(root).ask("run", run="study0-0000").to_pylist()
    return Report(Warehouse(root), row).html()


def test_it_has_every_part_and_model(text):
    parsed = Parsed(text)

    words = " ".join(parsed.words)
    for model in ("model00", "model01", "model02"):
        assert model in words
    for part in ("Which model", "Which classes", "Which meanings", "How far", "trusted", "made"):
        assert part in words
    assert parsed.tags.count("svg") == parsed.tags.count("figcaption") > 12
    assert parsed.tags.count("table") == 4 + 2 * 3  # two cures of each model


def test_it_needs_no_network_and_runs_nothing(text):
    parsed = Parsed(text)

    assert not {"script", "link", "iframe", "object", "embed", "img"} & set(parsed.tags)
    assert [r for r in parsed.references if not r.startswith("#")] == []
    assert "url(http" not in text
    assert re.search(r"Content-Security-Policy\" content=\"default-src 'none'", text)


def test_names_are_text_and_nothing_else(text):
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


NAMES = ["a*b*", "Press Click here", "<b>bold</b>", "a\x1b[31mb\x01"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stands_whole_in_captions_and_sentences(root, tmp_path, name):
    copy = DataRoot(tmp_path / "data")
    shutil.copytree(root.path, copy.path)
    with duckdb.connect(str(copy.published / "gen-1.duckdb")) as database:
        database.execute("update main.class_scores set class_name = ?", [name])
        database.execute("update main.class_confusion set target_class = ?", [name])
        database.execute("update main.concepts set phrase = ?", [name])
    (row,) = Warehouse(copy).ask("run", run="study0-0000").to_pylist()

    written = Report(Warehouse(copy), row).html()

    shown = escape(name).replace("\x1b", "\\x1b").replace("\x01", "\\x01")
    captions = re.findall("<figcaption>(.*?)</figcaption>", written)
    assert any(
        re.fullmatch(f"{re.escape(shown)} images by model00, .* all classes share.*", caption)
        for caption in captions
    )
    assert f"<li><i>{shown}</i> images move " in written
    assert f"can be turned towards <i>{shown}</i> by <b>" in written
    assert not any("to see its class" in caption for caption in captions)


def test_a_study_may_be_called_anything(root):
    (row,) = Warehouse(root).ask("run", run="study0-0000").to_pylist()

    written = Report(Warehouse(root), row | {"study": "{body} {style}"}).html()

    assert "<title>SING: {body} {style}, 2026-01-01</title>" in written


def test_the_command_writes_it_whole_and_says_where(root, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    assert cli.command(["report", "study0", "--data", str(root.path)]) == 0

    (file,) = tmp_path.iterdir()
    assert file.name == "study0-0000.html"
    assert file.read_text().endswith("</html>\n")
    assert "wrote study0-0000.html" in capsys.readouterr().err


def test_the_command_refuses_a_run_that_is_not_there_and_a_folder_that_is_not(
    root, tmp_path, capsys
):
    assert cli.command(["report", "gone", "--data", str(root.path)]) == 2
    assert "known runs: study0-0000" in capsys.readouterr().err

    out = tmp_path / "no" / "report.html"
    assert cli.command(["report", "study0", "--data", str(root.path), "--out", str(out)]) == 2
    assert "a folder that exists" in capsys.readouterr().err
