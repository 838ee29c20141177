"""The rules: right rows pass them all, and each notices what it is for, in every table."""

import pytest

from tests.support.rows import add
from warehouse import rules, schema


def broken(database):
    return [rule for rule, query in rules.queries() if database.sql(query).fetchall()]


def found(database, rule, table):
    """Columns and first row of what a rule of every table finds in one."""
    for name, query in rules.queries():
        if name == f"assert_{rule}" and f"'{table}'" in query:
            answer = database.sql(query)
            return [dict(zip(answer.columns, row, strict=True)) for row in answer.fetchall()]
    raise AssertionError(f"nobody asks {rule} of {table}")


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
        ("update artifact_files set sha256 = 'e'", "artifacts_exist"),
        ("delete from artifact_files", "artifacts_exist"),
        ("update image_scores set image_id = 'c' where image_id = 'a'", "references"),
        ("update image_scores set class_index = 7 where image_id = 'a'", "references"),
        ("update image_concept_scores set concept_id = 4", "references"),
        ("update concept_scores set class_index = 4", "references"),
        ("update group_value_scores set n = 7", "group_values"),
        (
            "update models set null_mode = 'exact', null_rule = 'singular values within the "
            "rounding of the stored weights'; update image_scores set max_abs_logit_drift = "
            "0.02; update control_scores set kind = 'random_vector', logit_l2_q95 = 1",
            "exact_is_exact",
        ),
        ("delete from group_value_scores", "group_values"),
        ("delete from readouts where view = 'null'", "readouts"),
        ("update readouts set accuracy = 0.4", "readouts"),
        ("update headroom set headroom = 0.3", "readouts"),
        ("update headroom set headroom = null", "readouts"),
        ("update headroom set null_gain = 0.1", "readouts"),
        ("delete from cure_flips", "cures"),
        ("update cure_flips set right_before = true", "cures"),
        ("update cure_classes set accuracy_after = 0.9", "cures"),
        ("update cures set accuracy_after = 0.9", "cures"),
    ],
)
def test_each_rule_notices_what_it_is_for(database, spoil, rule):
    database.execute(spoil)

    assert f"assert_{rule}" in broken(database)


@pytest.mark.parametrize("table", schema.arrow_schemas())
def test_what_is_stored_twice_is_found_in_every_table(database, table):
    stored = ", ".join(schema.arrow_schemas()[table].names)
    database.execute(f"insert into {table} by name select {stored} from {table}")

    key = schema.keys()[table]
    (row, *_) = found(database, "unique_keys", table)
    assert list(row) == ["table_name", *key, "n_rows"]
    assert row["table_name"] == table
    assert row["n_rows"] == 2
    assert (
        database.sql(f"select {', '.join(key)} from {table}")
        .fetchall()
        .count(tuple(row[name] for name in key))
        == 2
    )


def test_keys_that_only_look_alike_are_none_twice_and_those_that_are_are_found(database):
    # Numbers that are equal in their last 11 bits, among more than 2,048 of one picture.
    add(database, "image_concept_scores", {"concept_id": list(range(100, 6000))})
    assert found(database, "unique_keys", "image_concept_scores") == []

    add(database, "image_concept_scores", {"concept_id": [100 + 2048, -5, -5]})

    rows = found(database, "unique_keys", "image_concept_scores")
    assert {(row["concept_id"], row["n_rows"]) for row in rows} == {(2148, 2), (-5, 2)}


def test_one_nothing_in_a_key_is_like_another_and_like_no_value(database):
    database.execute("update artifacts set model = null")
    add(database, "artifacts", {"path": "f", "model": "", "sha256": "d"})
    assert found(database, "unique_keys", "artifacts") == []

    add(database, "artifacts", {"path": "f", "model": None, "sha256": "d"})

    assert found(database, "unique_keys", "artifacts") == [
        {"table_name": "artifacts", "run_id": "r", "model": None, "path": "f", "n_rows": 2}
    ]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("table", [t for t in schema.arrow_schemas() if schema.numbers(t)])
def test_no_number_of_any_table_may_be_undefined(database, table, value):
    for column in schema.numbers(table):
        database.execute(f"update {table} set {column} = '{value}'")

        assert {row["column_name"] for row in found(database, "no_nan", table)} == {column}
        database.execute(f"update {table} set {column} = 1")
    assert found(database, "no_nan", table) == []


def test_the_runs_published_before_are_not_checked_again(database):
    database.execute("insert into images from images")
    database.execute("update checked_runs set run_id = 'another'")

    assert broken(database) == []


def test_every_rule_says_what_it_is_in_words():
    words = rules.words()

    assert len(words) == len(schema.sql("checks"))
    assert words["unique keys"] == "No two rows of a table have the same key."
    assert words["no nan"] == (
        "No NaN and no infinity anywhere: what could not be computed is NULL."
    )
