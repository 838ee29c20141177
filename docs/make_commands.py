"""docs/commands.md: what every command says of itself, and nothing else.

python docs/make_commands.py > docs/commands.md
"""

import io
import sys
from pathlib import Path

from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[1]))

from flows.cli import app


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
    out = io.StringIO()
    app.help_print([name], console=Console(file=out, width=100, color_system=None))
    return "\n".join(line.rstrip() for line in out.getvalue().strip().splitlines())


if __name__ == "__main__":
    print(page(), end="")
