import shutil

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from tests.support import synthetic
from warehouse.layout import DataRoot

#: What came after the first version: an older file lacks it.
_NEW_TABLES = (
    "control_scores", "control_excess", "removal_scores", "steering", "steering_curves",
    "class_confusion", "class_order_correlations", "neighbors", "image_ranks", "image_labels",
    "group_scores", "group_value_scores", "translator_heads", "translator_agreement", "occupancy",
    "counterfactuals", "candidate_scores", "score_validation", "image_map", "image_flags",
    "readouts", "readout_curves", "headroom", "cures", "cure_classes", "cure_curves", "cure_flips",
)  # fmt: skip
_NEW_COLUMNS = {
    "model_scores": ("ratio_excess", "warnings", "null_variance_share"),
    "class_scores": ("rank", "rank_ci_low", "rank_ci_high"),
    "concept_scores": ("differs_from_control", "p_adjusted", "control_as_mean_deg"),
}

PAGES = (
    "overview", "map", "compare", "models", "classes", "concepts", "image", "steering",
    "cure", "validation", "trends", "sql", "runs",
)  # fmt: skip


@pytest.fixture(scope="session")
def full(tmp_path_factory):
    """Two studies with two runs each, every table filled."""
    root = DataRoot(tmp_path_factory.mktemp("full"))
    synthetic.publish(root, synthetic.Size(studies=2, runs=4))
    return root


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """One model, one image, one phrase, and nothing that could be computed."""
    root = DataRoot(tmp_path_factory.mktemp("small"))
    size = synthetic.Size(
        runs=1, models=1, classes=1, concepts=1, images=1, phrases_kept=1, steered=1
    )
    synthetic.publish(root, size)
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        for table, column in database.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'main' "
            "and table_name in (select table_name from duckdb_tables()) "
            "and is_nullable and data_type in ('DOUBLE', 'FLOAT')"
        ).fetchall():
            database.execute(f"update main.{table} set {column} = null")
    return root


@pytest.fixture(scope="session")
def older(full, tmp_path_factory):
    """The full file as the first version would have written it."""
    root = DataRoot(tmp_path_factory.mktemp("older"))
    shutil.copytree(full.path, root.path, dirs_exist_ok=True)
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        database.execute("drop schema latest cascade")
        for table in _NEW_TABLES:
            database.execute(f"drop table {table}")
        for table, columns in _NEW_COLUMNS.items():
            for column in columns:
                database.execute(f"alter table {table} drop column {column}")
        database.execute("create schema latest")
        database.execute("create view latest.runs as from main.runs")
    return root


@pytest.fixture(scope="session")
def nothing(tmp_path_factory):
    """A data root in which nothing was ever published."""
    return DataRoot(tmp_path_factory.mktemp("nothing"))


@pytest.fixture
def page(monkeypatch):
    """Open a page over a data root, with choices in its address."""

    def draw(name, root, **choices):
        monkeypatch.setenv("SING_DATA", str(root.path))
        at = AppTest.from_string(f"from dashboards.app import main\nmain({name!r})")
        at.query_params.update(choices)
        return at.run(timeout=60)

    return draw


@pytest.fixture
def say():
    """All that a page says, in one text."""

    def words(at):
        kinds = (
            "header",
            "subheader",
            "markdown",
            "caption",
            "info",
            "warning",
            "success",
            "error",
        )
        written = (str(e.value) for kind in kinds for e in getattr(at, kind))
        return "\n".join(written).replace("\\", "")  # names are escaped

    return words
