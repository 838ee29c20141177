"""Study files and lists that nobody wrote: pipes, devices, files without end."""

import os

import pytest

from flows.study.load import StudyError, load_study


def _made_of(kind, path):
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(2**31)  # a hole: it takes no room
    elif kind == "not text":
        path.write_bytes(b"name = \xff\n")
    elif kind == "deep list":
        path.write_text(f"name = {'[' * 3000}{']' * 3000}\n")
    elif kind == "deep key":
        path.write_text(f"name.{'.'.join('a' * 3000)} = 1\n")
    elif kind == "many":
        path.write_text("".join(f"k{i} = 1\n" for i in range(2000)))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("pipe", "is a pipe or a device; need a text file"),
        ("endless", "is a pipe or a device; need a text file"),
        ("large", "is larger than 1 MiB"),
        ("not text", "is not UTF-8 text: invalid start byte"),
        ("deep list", "is nested too deeply to be a study"),
        ("deep key", "name: input should be a valid string, got {'a': {"),
        ("many", "and 1,964 problems more"),
    ],
)
def test_what_is_no_study_is_told_in_a_few_lines(tmp_path, kind, sentence):
    path = tmp_path / "odd.toml"
    _made_of(kind, path)

    with pytest.raises(StudyError) as caught:
        load_study(path)

    told = str(caught.value)
    assert f"{path}: {sentence}" in told
    assert len(told.splitlines()) <= 41


def test_lists_that_nobody_wrote_are_not_read(study, folder):
    for name in ("phrases.txt", "names.txt"):
        with (folder / name).open("wb") as file:
            file.truncate(2**31)

    with pytest.raises(StudyError) as caught:
        load_study(
            study(
                ('"pictures"', '"pictures"\nclass_names = "names.txt"'),
                ("concepts.txt", "phrases.txt"),
            )
        )

    phrases, names = caught.value.problems
    assert phrases.startswith(f"concepts.file: {folder / 'phrases.txt'} is larger than 64 MiB")
    assert names.startswith(f"images.class_names: {folder / 'names.txt'} is larger than 64 MiB")


def test_a_long_vocabulary_is_checked_for_repeats(study, folder):
    # A hundred thousand pairs compared with each other would take an hour.
    lines = [f"group {i % 7}: phrase {i}" for i in range(100_000)]
    (folder / "long.txt").write_text("\n".join([*lines, lines[12_345]]))

    with pytest.raises(StudyError, match=r"long.txt has phrase 12345 more than once"):
        load_study(study(("concepts.txt", "long.txt")))
