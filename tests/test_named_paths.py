"""Files of ours that a comment, a docstring or a document names are there."""

import re
import subprocess
from pathlib import Path

HERE = Path(__file__).parents[1]
NAMED = re.compile(
    r"\b(?:flows|sing_core|warehouse|dashboards|tests|benchmarks|docs)/[\w/.-]+\.(?:py|sql|toml|md|svg)\b"
)


def test_every_named_file_exists():
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.sql", "*.md", "*.toml"],
        cwd=HERE, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    named = {
        (name, file)
        for file in listed
        if (HERE / file).exists() and file != "CHANGELOG.md"
        for name in NAMED.findall((HERE / file).read_text(encoding="utf-8"))
    }

    assert len(named) > 30
    assert sorted((name, file) for name, file in named if not (HERE / name).exists()) == []
