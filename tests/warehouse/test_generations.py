"""The pointer to the newest generation, and what is kept of the others."""

import duckdb
import pytest

from warehouse import generations, pointer
from warehouse.layout import DataRoot


@pytest.fixture
def root(tmp_path):
    root = DataRoot(tmp_path)
    root.published.mkdir()
    return root


def test_the_newest_is_where_the_pointer_says_with_its_link(root):
    assert generations.current(root) is None
    generation = root.published / "gen-7.duckdb"
    generation.touch()

    pointer.point_to(root, generation)

    assert generations.current(root) == generation
    assert generations.number_of(generation) == 7
    assert (root.path / "sing.duckdb").readlink().as_posix() == "published/gen-7.duckdb"


def test_the_last_three_are_kept(root):
    for number in (1, 8, 9, 10, 11):
        (root.published / f"gen-{number}.duckdb").touch()

    pointer.point_to(root, root.published / "gen-11.duckdb")

    kept = sorted(map(generations.number_of, root.published.glob("gen-*.duckdb")))
    assert kept == [9, 10, 11]


@pytest.mark.parametrize("said", ["", "gen-1", "../../etc/passwd", "\udc80"])
def test_a_pointer_to_no_generation_is_told(root, said):
    (root.published / "CURRENT").write_bytes(said.encode(errors="surrogateescape"))

    with pytest.raises(
        generations.NoGenerationError, match="which is no generation; `sing rebuild` makes"
    ):
        generations.current(root)


@pytest.mark.parametrize(
    ("content", "problem"), [(None, "is missing"), (b"no database", "cannot be opened")]
)
def test_a_generation_that_cannot_be_read_is_told(root, content, problem):
    generation = root.published / "gen-1.duckdb"
    if content is not None:
        generation.write_bytes(content)

    with pytest.raises(
        generations.NoGenerationError, match=rf"gen-1\.duckdb {problem}; `sing rebuild` makes"
    ):
        generations.open_generation(generation)


def test_only_finished_runs_are_published_oldest_first(root):
    assert generations.published_runs(root) == []
    generation = root.published / "gen-1.duckdb"
    with duckdb.connect(str(generation)) as database:
        database.execute(
            "create table runs as from (values ('b', 's', 'finished', 2), ('c', 's', 'failed', 3), "
            "('a', 's', 'finished', 2), ('d', 't', 'finished', 1)) "
            "t(run_id, study, status, finished_at)"
        )
    pointer.point_to(root, generation)

    assert generations.published_runs(root) == ["d", "a", "b"]
    assert generations.published_runs(root, "s") == ["a", "b"]
