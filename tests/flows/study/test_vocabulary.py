import pytest

from flows.study.load import load_study
from flows.study.vocabulary import vocabulary


def test_phrases_have_groups(study):
    assert vocabulary(load_study(study()).concepts) == [
        ("color", "red"),
        ("color", "blue"),
        ("shape", "round"),
        (None, "stripes"),
        (None, "an old photograph"),
    ]


def test_a_byte_order_mark_is_no_part_of_a_text(study, folder):
    (folder / "marked.txt").write_text("red\nblue\n", encoding="utf-8-sig")
    path = study(("concepts.txt", "marked.txt"))
    path.write_text(path.read_text(), encoding="utf-8-sig")

    assert vocabulary(load_study(path).concepts) == [(None, "red"), (None, "blue")]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("a clock at 10:30", [(None, "a clock at 10:30")]),
        ("16:9 screens", [(None, "16:9 screens")]),
        ("time: a clock at 10:30", [("time", "a clock at 10:30")]),
        ("screens of 16:9: wide", [("screens of 16:9", "wide")]),
        ("color:red", [("color", "red")]),
        (": Star Wars: Episode IV", [(None, "Star Wars: Episode IV")]),
        (": #hashtag", [(None, "#hashtag")]),
        ("#1 fan", [(None, "#1 fan")]),
        ("rank: #1 fan", [("rank", "#1 fan")]),
        ("# a comment", []),
        ("#color: red", []),
        ("  # a comment", []),
        ("#", []),
    ],
)
def test_numbers_are_no_groups_and_no_comments(study, folder, line, meant):
    (folder / "lines.txt").write_text(f"stripes\n{line}\n")

    assert vocabulary(load_study(study(("concepts.txt", "lines.txt"))).concepts) == [
        (None, "stripes"),
        *meant,
    ]
