"""Questions over a run of which files are gone or damaged: told, and no model left out."""

import pytest

from flows import cli
from tests.support.bits import flip


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), flip])
@pytest.mark.parametrize(
    ("pattern", "question"),
    [
        ("features/res/*/*.parquet", ("phrase", "small", "stripes")),
        ("features/byob/*/*.parquet", ("phrase", "small", "stripes")),
        ("heads/res-*", ("phrase", "small", "stripes")),
        ("translators/*/byob*", ("phrase", "small", "stripes")),
        ("texts/*", ("phrase", "small", "stripes")),
        ("features/res/*/*.parquet", ("steer", None, "--from", "boat", "--to", "cat")),
    ],
)
def test_they_are_told_with_what_mends_them(made, capsys, pattern, question, spoil):
    path = sorted(made.root.path.glob(pattern))[0]
    spoil(path)

    line = [made.study if word is None else word for word in question]
    code = cli.command([*map(str, line), "--data", str(made.root.path)])

    said = capsys.readouterr()
    assert (code, said.out) == (1, "")
    assert path.name in said.err
    assert "`sing run STUDY --verify`" in said.err
