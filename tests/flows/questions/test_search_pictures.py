"""Pictures found by words, against every picture in plain numpy."""

import json

import numpy as np
import pytest

from flows.answers import answer
from flows.questions.search_pictures import NoWordsError, search_pictures
from tests.flows.questions.asked import NEW
from tests.oracle.scores import angle


def brute_force(vectors, text):
    angles = {image_id: angle(v, text) for image_id, v in vectors.items() if np.any(v)}
    return sorted(angles, key=lambda i: (round(angles[i], 9), i))[:18], angles


@pytest.mark.parametrize("words", [NEW, "stripes"])
def test_the_nearest_are_those_of_a_search_by_hand(made_once, oracle, recomputed, words):
    text = oracle.concept_texts[3] if words == "stripes" else None
    if text is None:
        from flows.features.networks import load_space
        from flows.study.load import load_study

        text = load_space(load_study(made_once.study).space).embed_texts([words], ("{}",))[0]

    found = search_pictures("small", "byob", words, made_once.root)

    scores = recomputed["byob"]
    sides = {
        "space": oracle.embeddings,
        **{
            side: {i: row[side] for i, row in scores.items()} for side in ("original", "equivalent")
        },
    }
    before, after = (brute_force(sides[side], text)[1] for side in ("original", "equivalent"))
    for side, vectors in sides.items():
        ids, angles = brute_force(vectors, text)
        assert [row["image_id"] for row in found[side]] == ids
        for row in found[side]:
            i = row["image_id"]
            assert row["angle_deg"] == pytest.approx(angles[i], abs=1e-4)
            if side != "space":
                assert row["as_deg"] == pytest.approx(before[i] - after[i], abs=1e-4)


def test_nothing_is_no_search(made_once):
    with pytest.raises(NoWordsError, match="need a word at least"):
        search_pictures("small", "byob", "  ", made_once.root)


def test_a_page_asks_the_process_beside_it(made_once):
    asked = {"id": 3, "question": "search", "run_id": "small", "model": "res", "text": "stripes"}

    told = json.loads(answer(json.dumps(asked).encode(), made_once.root))

    assert told["answer"] == search_pictures("small", "res", "stripes", made_once.root)
