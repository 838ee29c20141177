from flows.each_model import ANALYSES
from warehouse import schema

IN_ORDER = [analysis for task in ANALYSES.values() for analysis in task]


def test_each_table_is_left_by_one_analysis_and_known():
    left = [table for analysis in IN_ORDER for table in analysis.leaves]

    assert len(left) == len(set(left)) > len(IN_ORDER)
    assert set(left) <= set(schema.sql("tables"))


def test_what_an_analysis_needs_was_left_before():
    there = {"models"}  # which heads leave, before any analysis
    for analysis in IN_ORDER:
        assert set(analysis.needs) <= there, analysis.name
        there |= set(analysis.leaves)


def test_each_leaves_what_it_says(made_once):
    for model in ("res", "byob"):
        for table in (table for analysis in IN_ORDER for table in analysis.leaves):
            path = made_once.root.table(made_once.outcome.run_id, table, model)
            applies = table != "occupancy"  # the study has no pictures of another kind
            assert path.exists() == applies
