"""The description that `sing schema` prints."""

from warehouse import schema
from warehouse.describe import markdown


def test_a_table_is_told_with_its_key_and_each_column_with_type_and_meaning():
    page = markdown()

    assert (
        "## concepts\n\nThe open vocabulary of a run. One row a run and concept.\n\n"
        "Key: `run_id`, `concept_id`.\n\n"
        "| column | type | meaning |\n| --- | --- | --- |\n"
        "| `run_id` | varchar, never NULL | The run that made this row; see runs. |\n"
    ) in page
    assert page.count("\nKey: ") == len(schema.sql("tables"))
    views = len(schema.sql("views")) - 1  # latest is a view of each table
    assert page.count("\nA view, for people.") == views
    assert page.count("\n## ") == len(schema.sql("tables")) + views


def test_a_bar_in_a_comment_ends_no_cell():
    assert "median \\|AS\\|" in markdown()
