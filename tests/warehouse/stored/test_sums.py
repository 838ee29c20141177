"""Digests beside stored files, as `sha256sum --check` reads them."""

import os
import subprocess

import pytest

from warehouse.files import DamagedFileError
from warehouse.stored import sums


@pytest.fixture
def home(tmp_path):
    for name, text in (("a.txt", "one"), ("deep/b.txt", "two")):
        with sums.whole_and_noted(tmp_path, tmp_path / name) as draft:
            draft.write_text(text)
    return tmp_path


def test_another_program_checks_them(home):
    def check():
        command = ["sha256sum", "--check", "--quiet", sums.NAME]
        return subprocess.run(command, cwd=home, capture_output=True, text=True)

    assert check().returncode == 0
    (home / "a.txt").write_text("won")

    assert "a.txt: FAILED" in check().stdout


def test_what_is_as_it_was_written_passes_and_so_does_what_was_never_noted(home):
    (home / "older.txt").write_text("of an earlier version")

    assert sums.problems(home) == {}
    for name in ("a.txt", "deep/b.txt", "older.txt"):
        sums.require(home, home / name, "do this")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda path: path.write_text("won"), "is not what was written"),
        (lambda path: path.write_text(""), "is not what was written"),
        (lambda path: path.unlink(), "is missing"),
    ],
)
def test_what_is_not_is_told_with_what_to_do(home, spoil, problem):
    sums.require(home, home / "a.txt", "do this")
    spoil(home / "a.txt")

    assert sums.problems(home) == {home / "a.txt": problem}
    with pytest.raises(DamagedFileError, match=f"a.txt {problem}; do this"):
        sums.require(home, home / "a.txt", "do this")


def test_a_file_written_anew_and_one_whose_writer_was_killed_before_it_appeared(home):
    with sums.whole_and_noted(home, home / "a.txt") as draft:
        draft.write_text("three")
    draft = home / "draft"
    draft.write_text("four")
    sums.note(home, home / "deep/b.txt", draft)

    assert sums.problems(home) == {}


def test_lines_that_are_none_say_nothing(home):
    with (home / sums.NAME).open("ab") as file:
        file.write(b"\xff\xfe half a li\n\nzz  a.txt\n")

    assert sums.problems(home) == {}


def test_what_was_not_touched_is_not_read_unless_all_is(home):
    path = home / "a.txt"
    before = path.stat()
    path.write_text("won")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert sums.problems(home, since=before.st_mtime + 1) == {}
    assert sums.problems(home) == {path: "is not what was written"}


@pytest.mark.parametrize("cut", [1, 30, 66, 70, 80])
def test_what_a_power_cut_left_of_a_line_is_no_other_name(home, cut):
    path = home / sums.NAME
    content = path.read_bytes()
    path.write_bytes(content + content[:cut])

    assert sums.problems(home) == {}
    with sums.whole_and_noted(home, home / "c.txt") as draft:
        draft.write_text("three")
    assert set(sums.noted(home)) == {"a.txt", "deep/b.txt", "c.txt"}


def test_what_is_made_anew_is_forgotten_before(home):
    (home / "a.txt").unlink()

    sums.forget_missing(home)

    assert sums.problems(home) == {}
    assert set(sums.noted(home)) == {"deep/b.txt"}
