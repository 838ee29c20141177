"""`warehouse.open`: stored results as frames."""

import subprocess
import sys

import pytest

import warehouse
from tests.support import synthetic
from warehouse.layout import DataRoot
from warehouse.read import NoWarehouseError, QueryError


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = DataRoot(tmp_path_factory.mktemp("results"))
    synthetic.publish(root, synthetic.Size(runs=2))
    return root.path


def test_a_table_is_a_frame_in_two_lines(data):
    opened = warehouse.open(data)

    frame = opened.latest.model_scores.pl()

    assert frame["model"].to_list() == ["model00", "model01", "model02"]
    assert opened.latest.model_scores.df()["model"].tolist() == frame["model"].to_list()
    assert opened.latest.model_scores.arrow()["model"].to_pylist() == frame["model"].to_list()
    assert len(opened.main.model_scores.pl()) == 2 * len(frame)  # of both runs
    assert "model_scores" in dir(opened.latest)


def test_any_query_is_answered(data):
    asked = warehouse.open(str(data)).sql(
        "select count(*) as n from latest.images where class_index = $which", which=1
    )

    assert asked.pl()["n"].to_list() == [12]


def test_what_is_not_there_is_told(data, tmp_path):
    with pytest.raises(AttributeError, match=r"no table latest.scores; known: artifacts, "):
        _ = warehouse.open(data).latest.scores
    with pytest.raises(QueryError):
        warehouse.open(data).sql("drop table main.images").pl()
    nothing = warehouse.open(tmp_path)
    with pytest.raises(NoWarehouseError, match="no results are published"):
        nothing.latest.models.pl()


def test_it_loads_no_network(data):
    code = (
        f"import sys, warehouse; warehouse.open({str(data)!r}).latest.models.pl(); "
        "print(sorted({'torch', 'timm', 'open_clip', 'streamlit'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
