"""docs/commands.md: what every command says of itself, and nothing else.

python docs/make_commands.py > docs/commands.md
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from flows.cli import app  # noqa: E402


def page() -> str:
    """Return the whole page."""
    parts = [
        "# Commands\n",
        "Made by `python docs/make_commands.py` from what `sing COMMAND --help` says. Exit codes: "
        "0 done, 1 the work failed, 2 the command line or the study is wrong.\n",
    ]
    for name in sorted(name for name in app if not name.startswith("-")):
        parts.append(f"## sing {name}\n\n```text\n{_said(name)}\n```\n")
    return "\n".join(parts)


def _said(name: str) -> str:
    code = "import sys; from flows.cli import main; sys.argv[0] = 'sing'; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *name.split(), "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env=os.environ | {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"},
    )  # fmt: skip
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


if __name__ == "__main__":
    print(page(), end="")
