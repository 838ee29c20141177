import pytest


def test_the_console_answers_and_draws(page, full):
    query = "select model, is_as_ratio from latest.model_scores order by model"
    at = page("sql", full, q=query, x="model", y="is_as_ratio")

    assert not at.exception
    assert not at.warning
    answer = at.dataframe[0].value
    assert answer["model"].to_list()[0] == "model00"
    assert len(at.get("vega_lite_chart")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "from read_csv('/etc/passwd')", "attach 'x.db'", "copy runs to 'x.csv'", "set threads = 1",
        "select getenv('HOME')", "select 1; select 2", "drop table runs",
    ],
)  # fmt: skip
def test_the_console_refuses_in_a_sentence(page, full, query):
    at = page("sql", full, q=query)

    assert not at.exception
    (said,) = at.warning
    assert str(full.path) not in said.value
    assert not at.get("vega_lite_chart")
