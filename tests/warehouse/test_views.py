"""Readable views: what tables have by number, by name; and figures from run to run."""

import duckdb
import pytest

from tests.support import synthetic
from warehouse import schema


@pytest.fixture(scope="module")
def database():
    with duckdb.connect() as connection:
        schema.create(connection)
        synthetic.fill(connection, synthetic.Size(runs=3, studies=2))
        yield connection


def test_trends_number_a_studys_runs_in_their_order(database):
    rows = database.execute(
        "select study, run_number, run_id, count(*) as n from trends group by all order by all"
    ).fetchall()

    order = database.execute(
        "select study, run_id from runs where status = 'finished' "
        "order by study, coalesce(serial, 0), finished_at, run_id"
    ).fetchall()
    assert [(study, run) for study, _, run, _ in rows] == order
    numbers = [number for study, number, *_ in rows if study == "study0"]
    assert numbers == list(range(1, len(numbers) + 1)) != [1]
    value = database.execute(
        "select value, low, high from trends where metric = 'is_as_ratio' order by run_id, model"
    ).fetchall()
    stored = database.execute(
        "select is_as_ratio, ratio_ci_low, ratio_ci_high from model_scores "
        "join runs using (run_id) where status = 'finished' order by run_id, model"
    ).fetchall()
    assert value == stored


def test_class_phrases_are_the_rows_of_concept_scores_with_names(database):
    (n,) = database.execute("select count(*) from concept_scores").fetchone()

    rows = database.execute("select count(*), count(distinct study) from class_phrases").fetchone()
    row = database.execute(
        "select class_name, phrase, is_latest, own_as_mean_deg from class_phrases "
        "where model = 'model01' and class_name = 'class 0002' and phrase = 'phrase 3' "
        "and study = 'study0' order by run_id desc limit 1"
    ).fetchone()

    assert rows == (n, 2)
    stored = database.execute(
        "select own_as_mean_deg from latest.concept_scores join latest.runs using (run_id) "
        "where study = 'study0' and model = 'model01' and class_index = 2 and concept_id = 3"
    ).fetchone()
    assert row == ("class 0002", "phrase 3", True, stored[0])


def test_image_facts_have_a_row_an_image_and_model_and_name_flags(database):
    (n,) = database.execute("select count(*) from image_scores").fetchone()

    rows = database.execute("select count(*), count(flags) from image_facts").fetchone()

    (flagged,) = database.execute("select count(*) from image_flags").fetchone()
    assert rows == (n, 3 * flagged)  # by three models
