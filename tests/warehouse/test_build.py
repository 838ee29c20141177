"""The rules that results must pass, and what happens to those that do not."""

import duckdb
import pytest

from tests.rows import add
from warehouse import parquet, schema
from warehouse.schema import sql


@pytest.fixture(scope="module")
def right():
    """The tables with one small, right run in them: one model, two images, one phrase."""
    with duckdb.connect() as database:
        schema.create(database)
        database.execute("create temp table checked_runs as select 'r' as run_id")
        database.execute("create temp table artifact_files as select 'f' as path, 'd' as sha256")
        rows = {
            "runs": {
                "status": "finished",
                "config_json": '{"analysis": {"max_image_concept_rows": 9}}',
            },
            "artifacts": {"path": "f", "sha256": "d", "kind": "head"},
            "models": {"scored": True},
            "images": {"image_id": ["a", "b"]},
            "concepts": {"concept_id": 0},
            "translators": {},
            "image_scores": {"image_id": ["a", "b"], "as_deg": [1.0, -2.0], "is_deg": 3.0},
            "image_concept_scores": {"image_id": ["a", "b"], "as_deg": 0.5, "concept_id": 0},
            "class_scores": {},
            "concept_scores": {"concept_id": 0},
            "model_scores": {"n": 2, "n_undefined": 0},
            "image_labels": {"image_id": ["a", "b"]},
            "image_ranks": {"image_id": ["a", "b"]},
            "control_scores": {},
            "occupancy": {},
            "removal_scores": {},
            "control_excess": {},
            "steering": {},
            "steering_curves": {},
            "class_confusion": {},
            "class_order_correlations": {},
            "neighbors": {},
            "translator_heads": {},
            "translator_agreement": {},
            "group_scores": {"n": 2},
            "group_value_scores": {"n": 2},
            "counterfactuals": {},
            "candidate_scores": {},
            "score_validation": {},
        }  # fmt: skip
        for table, given in rows.items():
            add(database, table, given)
        yield database


@pytest.fixture
def database(right):
    """The same, to be spoilt: whatever a test does is rolled back."""
    right.execute("begin transaction")
    yield right
    right.execute("rollback")


def broken(database):
    return [rule for rule, query in sql("checks").items() if database.sql(query).fetchall()]


def test_right_results_pass_every_rule(database):
    assert broken(database) == []


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        ("update image_scores set as_deg = -3.1 where image_id = 'a'", "attribute_score_bounded"),
        ("update image_concept_scores set as_deg = 3.1", "attribute_score_bounded"),
        ("delete from image_scores where image_id = 'a'", "row_counts"),
        ("delete from image_concept_scores where image_id = 'a'", "row_counts"),
        ("delete from class_scores", "row_counts"),
        ("delete from concept_scores", "row_counts"),
        ("delete from model_scores", "row_counts"),
        ("delete from translators", "row_counts"),
        ("update model_scores set n = 1", "row_counts"),
        ("insert into image_scores from image_scores where image_id = 'a'", "unique_keys"),
        ("insert into runs from runs", "unique_keys"),
        ("insert into images from images", "unique_keys"),
        ("insert into artifacts from artifacts", "unique_keys"),
        ("update artifact_files set sha256 = 'e'", "artifacts_exist"),
        ("delete from artifact_files", "artifacts_exist"),
        ("update image_scores set image_id = 'c' where image_id = 'a'", "references"),
        ("update image_scores set class_index = 7 where image_id = 'a'", "references"),
        ("update image_concept_scores set concept_id = 4", "references"),
        ("update concept_scores set class_index = 4", "references"),
        ("update group_value_scores set n = 7", "group_values"),
        ("delete from group_value_scores", "group_values"),
    ],
)
def test_each_rule_notices_what_it_is_for(database, spoil, rule):
    database.execute(spoil)

    assert f"assert_{rule}" in broken(database)


FLOATS = [
    (table, field.name)
    for table, arrow in schema.arrow_schemas().items()
    for field in arrow
    if parquet.pa.types.is_floating(field.type)
]


@pytest.mark.parametrize(("table", "column"), FLOATS)
@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_no_number_of_any_table_may_be_undefined(database, table, column, value):
    database.execute(f"update {table} set {column} = '{value}'")

    assert "assert_no_nan" in broken(database)
