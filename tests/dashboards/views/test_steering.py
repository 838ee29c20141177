import duckdb


def test_the_page_opens_on_the_pair_that_its_answer_calls_the_easiest(page, full, say):
    at = page("steering", full)

    chosen = {box.label: box.value for box in at.selectbox}
    with duckdb.connect(str(full.published / "gen-1.duckdb"), read_only=True) as database:
        source, target = database.execute(
            "select source_class, target_class from main.class_confusion c "
            "where run_id = (select run_id from main.runs order by finished_at desc limit 1) "
            "and model = ? and exists (from main.steering_curves s where s.run_id = c.run_id "
            "and s.source_class = c.source_class and s.target = c.target_class) "
            "order by epsilon_over_null_mean limit 1",
            [chosen["Model"]],
        ).fetchall()[0]
    assert (chosen["Images of"], chosen["Towards"]) == (source, target)


def test_of_a_class_that_was_chosen_the_easiest_target_is_shown(page, full):
    source = "class 0002"
    at = page("steering", full, **{"class": source})

    chosen = {box.label: box.value for box in at.selectbox}
    with duckdb.connect(str(full.published / "gen-1.duckdb"), read_only=True) as database:
        rows = database.execute(
            "select c.target_class from main.class_confusion c "
            "join (select distinct run_id, source_class, target from main.steering_curves) s "
            "on s.run_id = c.run_id and s.source_class = c.source_class "
            "and s.target = c.target_class "
            "where c.run_id = (select run_id from main.runs order by finished_at desc limit 1) "
            "and c.model = ? and c.source_class = ? order by c.epsilon_over_null_mean limit 1",
            [chosen["Model"], source],
        ).fetchall()
    assert chosen["Images of"] == source
    if rows:
        assert chosen["Towards"] == rows[0][0]
