"""The installed command, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

SING = str(Path(sys.executable).with_name("sing"))


def sing(*arguments, **environment):
    """Run the installed command."""
    return subprocess.run(
        [SING, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | environment,
    )
