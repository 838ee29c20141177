from flows.made_world.verdict import TRUTHS, for_people


def test_correlations_that_are_unknown_are_shown_as_such():
    known = {"score": "a", "spearman": 0.5, "ci_low": 0.4, "ci_high": 0.6}
    unknown = {"score": "b", "spearman": None, "ci_low": None, "ci_high": None}
    chance = {"shuffled_low": -0.1, "shuffled_high": 0.1}
    rows = [row | {"truth": t} | chance for row in (unknown, known) for t in TRUTHS]

    first, last = for_people(rows)

    assert first["score"] == "a"
    assert first[TRUTHS[0]] == "0.50*"
    assert last[TRUTHS[0]] == "–"
