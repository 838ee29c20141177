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
