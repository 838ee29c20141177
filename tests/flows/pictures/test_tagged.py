"""Tags become groups of the next run."""

import pytest

from flows.pictures.manifest import ImagesError
from warehouse import tags


def write(fresh, text):
    (fresh.folder / "tags.csv").write_text(text)
    fresh.rewrite('root = "pictures"', 'root = "pictures"\ntags = "tags.csv"')


def test_a_tag_is_a_group_of_two_values(fresh):
    odd = [f"cat/{n:03}.png" for n in range(5)] + [f"eel/{n:03}.png" for n in range(7)]
    rows = [{"tag": "odd", "image_id": "x", "path": path} for path in [*odd, "gone.png"]]
    write(fresh, tags.as_csv(rows))

    fresh.run()

    labels = fresh.rows(
        "select phrase, count(*) as n from latest.image_labels "
        "where concept_group = 'tag odd' group by all order by all"
    )
    assert labels == [{"phrase": "not odd", "n": 58}, {"phrase": "odd", "n": 12}]
    for row in fresh.rows("from latest.group_scores where concept_group = 'tag odd'"):
        assert (row["n"], row["n_values"], row["labels"]) == (70, 2, "given")
        assert 0 <= row["feature_share"] <= 1
    found = fresh.rows(
        "select path from latest.images join latest.image_labels using (run_id, image_id) "
        "where phrase = 'odd' order by path"
    )
    assert [row["path"] for row in found] == odd
    phrases = fresh.rows("select phrase from latest.concepts where concept_group = 'tag odd'")
    assert [row["phrase"] for row in phrases] == ["odd", "not odd"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tag,path\nodd,none.png\n", "tags no picture of the study"),
        ("name,path\nodd,cat/000.png\n", "is no file of tags"),
        ("tag,path\n" + "".join(
            f"odd,{c}/{n:03}.png\n" for c in ("apple", "boat", "cat", "drum", "eel")
            for n in range(14)), "every picture of the study has the tag 'odd'"),
    ],
)  # fmt: skip
def test_what_makes_no_group_is_told(fresh, text, says):
    write(fresh, text)

    with pytest.raises(ImagesError, match=says):
        fresh.run()
