import json

import pytest

from tests.dashboards.conftest import PAGES
from tests.support import synthetic
from warehouse.layout import DataRoot


def charts(at):
    return at.get("vega_lite_chart")


@pytest.mark.parametrize("name", PAGES)
def test_every_chart_has_words_units_and_few_marks(page, full, name):
    for chart in charts(page(name, full)):
        specification = json.loads(chart.proto.spec)
        assert chart.proto.alt, specification
        titles = " ".join(_titles(specification))
        if name not in ("sql", "map"):  # places have no unit
            assert any(unit in titles for unit in _UNITS), titles


_UNITS = (
    "degrees", "Share", "share", "IS / |AS|", "Ratio", "ratio", "top-1", "logit", "°", "AS",
    "null parts",
)  # fmt: skip


def _titles(node):
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            yield node["title"]
        for inner in node.values():
            yield from _titles(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _titles(inner)


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
