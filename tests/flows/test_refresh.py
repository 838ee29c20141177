"""What another version published is published again in today's form."""

import duckdb
import pytest

from warehouse.generations import current


def spoil(made, statement):
    """Make the published generation one of another version."""
    with duckdb.connect(str(current(made.root))) as database:
        database.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "comment on table main.models is 'in other words'",
        "drop view latest.occupancy",
        "alter table main.occupancy drop column n_out",
    ],
)
def test_an_unchanged_study_brings_it_up_to_date(made, capsys, statement):
    before, scores = current(made.root), made.rows("from latest.model_scores order by model")
    spoil(made, statement)

    outcome = made.run()

    assert not outcome.worked
    assert "nothing to do" in capsys.readouterr().err
    assert current(made.root) != before
    assert made.rows("from latest.model_scores order by model") == scores
    assert made.rows("select count(n_out) as n from latest.occupancy") == [{"n": 0}]


def test_one_of_today_stays(made):
    before = current(made.root)

    made.run()

    assert current(made.root) == before
