"""Charts as files, drawn in a process beside this one: what draws them may take its process along.

It panics at a text that it cannot write, and then ends its process at once, with all visitors.
Here it is asked; it answers in ``__main__``.
"""

import base64
import os
import sys
from pathlib import Path
from typing import Any

from dashboards.beside import Beside, NoAnswerError
from dashboards.words.visible import visible

#: Charts have at most 20,000 marks, which are drawn in a second or two.
_PATIENCE_S = 60.0

#: Where a channel's title is shown.
_GUIDES = {"x": "axis", "y": "axis"} | dict.fromkeys(
    ("color", "fill", "stroke", "shape", "size", "opacity"), "legend"
)

_HERE = str(Path(__file__).resolve().parents[2])

_DRAWS = Beside(
    # -P: a file in the working folder is not taken for a module.
    [sys.executable, "-P", "-m", "dashboards.charts"],
    _PATIENCE_S,
    os.environ | {"PYTHONPATH": _HERE},
)


class DrawingError(RuntimeError):
    """A chart that could not be drawn."""


def draw(kind: str, name: str, specification: dict[str, Any]) -> bytes:
    """Draw a chart of Vega-Lite as ``svg``, ``png`` or ``pdf``.

    Parameters
    ----------
    name
        What an error calls it.

    Raises
    ------
    DrawingError
        If it cannot be drawn, in time or at all.
    """
    try:
        return base64.b64decode(_DRAWS.ask(kind, specification=_shown(specification)))
    except NoAnswerError as error:
        raise DrawingError(
            f"the chart {visible(name)!r} cannot be drawn as {kind.upper()}: {error}"
        ) from error


def _shown(part: Any, channel: str = "") -> Any:
    """Spell out what is no text, in values and in the names of fields alike."""
    if isinstance(part, str):
        return visible(part)
    if isinstance(part, list):
        return [_shown(below) for below in part]
    if not isinstance(part, dict):
        return part
    shown = {visible(key): _shown(below, key) for key, below in part.items()}
    guide, title = _GUIDES.get(channel), shown.get("title")
    if guide and isinstance(title, str) and shown.get(guide, {}) is not None:
        # Vega-Lite puts the title as it stands into an expression, which reads its backslashes.
        shown[guide] = {"title": title, **shown.get(guide, {})}
        shown["title"] = title.replace("\\", "\\\\")
    return shown
