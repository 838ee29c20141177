import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import altair as alt
import polars as pl
import pytest
import vl_convert

from dashboards.charts import axes

NAMES = [f"class {i:03}" for i in range(60)]


def drawn(chart):
    return ET.fromstring(vl_convert.vegalite_to_svg(chart.to_json()))


def written(chart):
    """Texts of a drawn chart, with where they stand."""
    found = {}

    def walk(element, x, y):
        for dx, dy in re.findall(
            r"translate\((-?[\d.]+),\s*(-?[\d.]+)\)", element.get("transform", "")
        ):
            x, y = x + float(dx), y + float(dy)
        if element.tag.endswith("}text") and element.text:
            found[element.text] = (x, y)
        for child in element:
            walk(child, x, y)

    walk(drawn(chart), 0.0, 0.0)
    return found


@pytest.mark.parametrize("axis", [axes.names(180), axes.names()])
def test_every_name_is_written_however_little_room_there_is(axis):
    rows = pl.DataFrame({"name": NAMES, "value": range(60)})
    chart = alt.Chart(rows).mark_point().encode(x="value:Q", y=alt.Y("name:N", axis=axis))

    written = "".join(drawn(chart.properties(height=100)).itertext())

    assert all(name in written for name in NAMES)


@pytest.mark.parametrize(("width", "every"), [(900, 1), (500, 2), (260, 3)])
def test_slanted_names_are_written_as_far_as_they_have_room(width, every):
    rows = pl.DataFrame({"name": NAMES, "value": range(60)})
    axis = axes.slanted_names(180, len(NAMES))
    chart = alt.Chart(rows).mark_point().encode(x=alt.X("name:N", axis=axis), y="value:Q")

    names = [text for text in written(chart.properties(width=width)) if text in NAMES]

    assert names == NAMES[::every]


@pytest.mark.parametrize(("width", "lines"), [(300, 3), (700, 1)])
def test_a_legend_takes_a_line_an_entry_where_a_chart_is_narrow(width, lines):
    rows = pl.DataFrame({"x": [1, 2, 3], "part": ["one part", "another", "the third"]})
    color = alt.Color("part:N", legend=axes.legend())
    chart = alt.Chart(rows).mark_point().encode(x="x:Q", color=color).properties(width=width)

    places = [place for text, place in written(chart).items() if text in set(rows["part"])]

    assert len(places) == 3
    assert len({y for _, y in places}) == lines
    assert len({x for x, _ in places}) == (1 if lines == 3 else 3)


def test_a_diagonal_says_the_same_on_both_axes_and_ends_where_it_is_told():
    scale = alt.Scale(domain=[0, 8])
    frame = alt.Chart(pl.DataFrame({"x": [0, 8], "y": [0, 8]})).mark_point()
    frame = frame.encode(x=alt.X("x:Q", scale=scale), y=alt.Y("y:Q", scale=scale))

    chart = alt.layer(axes.diagonal(4.0), frame).properties(width=200, height=200)

    (line,) = [e for e in drawn(chart).iter() if e.get("aria-roledescription") == "line mark"]
    assert re.findall(r"[\d.]+", line.get("d")) == ["0", "200", "100", "100"]


def test_numbers_under_the_mouse_have_their_format():
    tips = [tip.to_dict() for tip in axes.tips("a_deg", "b_deg", form="+.1f")]

    assert [tip["field"] for tip in tips] == ["a_deg", "b_deg"]
    assert {(tip["type"], tip["format"]) for tip in tips} == {("quantitative", "+.1f")}


def test_a_ramp_of_colors_is_read_without_a_reference_to_the_page():
    rows = pl.DataFrame({"x": range(9), "value": range(9)})
    color = alt.Color("value:Q", legend=axes.ramp("how much"))

    image = drawn(alt.Chart(rows).mark_rect().encode(x="x:O", color=color))

    attributes = [value for element in image.iter() for value in element.attrib.values()]
    assert not any("url(" in value and "gradient" in value for value in attributes)
    symbols = [e for e in image.iter() if e.get("class", "").endswith("role-legend-symbol")]
    fills = {e.get("fill") for symbol in symbols for e in symbol.iter()} - {None, "none"}
    assert len(fills) >= 4


@pytest.mark.parametrize(
    ("to", "numbers"),
    [
        (6.14, [0, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]),
        (1.0, [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]),
        (0.03, [0, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02]),
        (None, [0]),
    ],
)
def test_numbers_of_an_axis_of_square_roots_keep_apart(to, numbers):
    found = axes.one_two_five(to)

    assert found == numbers
    roots = [number**0.5 for number in found]
    assert all(b - a > 0.03 * roots[-1] for a, b in pairwise(roots[1:]))
