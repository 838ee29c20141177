import io
import xml.etree.ElementTree as ET

import altair as alt
import polars as pl
import pytest
from PIL import Image

from dashboards.charts.figures import Figure, csv, file_name, parquet


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


def test_a_figure_is_saved_as_a_picture_at_twice_the_size(figure):
    picture = Image.open(io.BytesIO(figure.png()))

    assert picture.format == "PNG"
    assert picture.width > 1400
    assert len(picture.convert("RGB").getcolors(1 << 24)) > 10


def test_csv_holds_no_formula():
    rows = pl.DataFrame({"class": ["=1+1", "@x", "fish", "-a", None], "as_deg": [-1.5, 2, 3, 4, 5]})

    lines = csv(rows).decode().splitlines()

    assert lines == ["class,as_deg", "'=1+1,-1.5", "'@x,2.0", "fish,3.0", "'-a,4.0", ",5.0"]


def test_parquet_holds_the_rows():
    rows = pl.DataFrame({"class": ["a", None], "as_deg": [-1.5, 2.0]})

    assert pl.read_parquet(io.BytesIO(parquet(rows))).equals(rows)


def test_a_file_has_a_plain_name_whatever_the_class_is_called():
    assert file_name("phrases-a-../../etc/passwd <x>", "csv") == "phrases-a-..-..-etc-passwd-x-.csv"
