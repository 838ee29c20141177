import io
import itertools
import re
import xml.etree.ElementTree as ET

import altair as alt
import polars as pl
import pytest
from PIL import Image

from dashboards.charts import drawing
from dashboards.charts.figures import Figure, csv, file_name, parquet, saved_as


@pytest.fixture
def figure():
    rows = pl.DataFrame({"model": ["a", "b"], "is_deg": [1.0, 2.5]})
    chart = alt.Chart(rows).mark_bar().encode(x="model:N", y="is_deg:Q").properties(height=200)
    return Figure("test", chart, "How to read it.", "Two bars.", rows)


def test_a_figure_is_saved_as_svg_with_its_marks(figure):
    drawn = ET.fromstring(figure.svg())

    bars = [e for e in drawn.iter() if e.get("aria-roledescription") == "bar"]
    assert len(bars) == 2
    assert "is_deg" in "".join(drawn.itertext())


@pytest.mark.parametrize("most", [0.22, 1.2, 13.0])
def test_numbers_of_an_axis_keep_apart_at_its_ends_too(most):
    rows = pl.DataFrame({"share": [0.0, most]})
    chart = alt.Chart(rows).mark_point().encode(x="share:Q")

    svg = ET.fromstring(Figure("test", chart, "", "", rows).svg())

    labels = next(e for e in svg.iter() if "role-axis-label" in e.get("class", ""))
    texts = [e for e in labels if e.text]
    middles = [float(re.findall(r"-?[\d.]+", e.get("transform"))[0]) for e in texts]
    # Digits are five or six points wide at Vega's ten.
    halves = [6 * len(e.text) / 2 for e in texts]
    ends = list(zip(middles, halves, strict=True))
    assert len(ends) > 3
    assert {e.get("text-anchor") for e in texts} == {"middle"}
    assert all(
        right - half > left + other for (left, other), (right, half) in itertools.pairwise(ends)
    )


def test_a_figure_is_saved_as_a_picture_at_twice_the_size(figure):
    picture = Image.open(io.BytesIO(figure.png()))

    assert picture.format == "PNG"
    assert picture.width > 1400
    assert len(picture.convert("RGB").getcolors(1 << 24)) > 10


@pytest.mark.parametrize("width_mm", [84, 174])
def test_a_figure_is_saved_for_paper_with_its_fonts(figure, width_mm):
    drawn = figure.pdf(width_mm)

    (box,) = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) [\d.]+\]", drawn)
    assert float(box) * 25.4 / 72 == pytest.approx(width_mm, abs=1)
    assert b"/FontFile" in drawn


def test_a_caption_is_saved_as_text(figure):
    files = {label: content for label, _, _, content in saved_as(figure)}

    assert list(files) == ["PNG", "SVG", "PDF, 84 mm", "PDF, 174 mm", "Caption", "CSV"]
    assert files["Caption"]() == b"How to read it."


def _named(name):
    """A chart with a text as label, title and field."""
    rows = pl.DataFrame({"model": [name], "is_deg": [1.0]})
    chart = alt.Chart(rows).mark_bar().encode(x=alt.X("model:N", title=name), y="is_deg:Q")
    return Figure(name, chart, "How to read it.", "A bar.", rows)


@pytest.mark.parametrize("sign", ["\x01", "\x1b", "\uffff", "\x00"])
def test_what_svg_cannot_hold_is_spelled_out(sign):
    figure = _named(f"a{sign}b")

    drawn = ET.fromstring(figure.svg())

    spelled = f"a\\x{ord(sign):02x}b" if ord(sign) < 256 else "a\\uffffb"
    assert spelled in [text for text in drawn.itertext() if text.strip()]
    assert Image.open(io.BytesIO(figure.png())).format == "PNG"


@pytest.mark.parametrize("name", ["back\\", "a\\u", "a\\nb", 'q"\\"'])
def test_a_title_with_a_backslash_is_shown_as_it_stands(name):
    drawn = ET.fromstring(_named(name).svg())

    (bar,) = [e for e in drawn.iter() if e.get("aria-roledescription") == "bar"]
    assert [text for text in drawn.itertext() if text.strip()].count(name) == 2  # title, label
    assert bar.get("aria-label") == f"{name}: {name}; is_deg: 1"


def test_what_draws_may_die_and_this_process_goes_on(figure, monkeypatch):
    # As if a text were passed that ends what draws: it panics, and its process aborts.
    monkeypatch.setattr(drawing, "visible", lambda text: text)

    with pytest.raises(drawing.DrawingError, match="cannot be drawn as SVG: .* has stopped"):
        _named("a\x01b").svg()

    assert figure.svg().startswith("<svg")


def test_a_chart_that_is_none_is_told():
    with pytest.raises(drawing.DrawingError, match="'none' cannot be drawn as PNG"):
        drawing.draw("png", "none", {"mark": "no such mark", "data": 3})

    assert drawing.draw("svg", "one", {"data": {"values": [{}]}, "mark": "bar"})


def test_csv_holds_no_formula():
    rows = pl.DataFrame({"class": ["=1+1", "@x", "fish", "-a", None], "as_deg": [-1.5, 2, 3, 4, 5]})

    lines = csv(rows).decode().splitlines()

    assert lines == ["class,as_deg", "'=1+1,-1.5", "'@x,2.0", "fish,3.0", "'-a,4.0", ",5.0"]


def test_parquet_holds_the_rows():
    rows = pl.DataFrame({"class": ["a", None], "as_deg": [-1.5, 2.0]})

    assert pl.read_parquet(io.BytesIO(parquet(rows))).equals(rows)


def test_a_file_has_a_plain_name_whatever_the_class_is_called():
    assert file_name("phrases-a-../../etc/passwd <x>", "csv") == "phrases-a-..-..-etc-passwd-x-.csv"
