"""Colors and shapes that stay with a model across pages.

Eight hues that stay at least 18 (CIE76) apart as they are and as seen with each
color vision deficiency, with contrast on light and on dark ground: found by
search from blue and orange, and held by a test. Shapes differ too, so that 48
models never share both.
"""

from collections.abc import Sequence

import altair as alt

HUES = (
    "#0077BB", "#E06F20", "#1CAF66", "#B51B36", "#8534FF", "#9D5571", "#A24900", "#E44CFF",
)  # fmt: skip
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")

#: Characters of a legend's line.
_LEGEND = 64

#: For what is read against, not looked at: controls, zero lines. Seen on light and dark ground.
QUIET = "#8a8f98"
#: The picture as it is, and its equivalent without null part.
ORIGINAL, EQUIVALENT = HUES[0], HUES[1]
#: Signed quantities: towards a text, away from it.
TOWARDS, AWAY = HUES[1], HUES[0]


class Palette:
    """Color and shape of every model of a run, by its place among their sorted ids."""

    def __init__(self, models: Sequence[str]) -> None:
        self.models = sorted(models)

    def of(self, model: str) -> str:
        """Return a model's color."""
        return HUES[self.models.index(model) % len(HUES)]

    def color(self, *, only: Sequence[str] | None = None) -> alt.Color:
        """Color by field ``model``; the legend names these models, or all."""
        return alt.Color("model:N", scale=self._hues(), legend=self._legend(only))

    def outlined(self, *, only: Sequence[str] | None = None) -> tuple[alt.Fill, alt.Stroke]:
        """Fill and outline by field ``model``; they share the color's legend."""
        hues, legend = self._hues(), self._legend(only)
        return (
            alt.Fill("model:N", scale=hues, legend=legend),
            alt.Stroke("model:N", scale=hues, legend=legend),
        )

    def _hues(self) -> alt.Scale:
        hues = [self.of(model) for model in self.models]
        return alt.Scale(domain=self.models, range=hues)

    def shape(self, *, only: Sequence[str] | None = None) -> alt.Shape:
        """Shape by field ``model``: told apart without color, too."""
        turns = [
            _SHAPES[(i % len(HUES) + i // len(HUES)) % len(_SHAPES)]
            for i in range(len(self.models))
        ]
        return alt.Shape(
            "model:N",
            scale=alt.Scale(domain=self.models, range=turns),
            legend=self._legend(only),
        )

    def _legend(self, only: Sequence[str] | None) -> alt.Legend | None:
        shown = self.models if only is None else list(only)
        if not shown:
            return None
        # One line or two, as far as the names leave room in half of a page.
        columns = max(2, min(len(shown), _LEGEND // (max(map(len, shown)) + 4)))
        return alt.Legend(
            title=None, orient="top", columns=columns, labelLimit=220, symbolOpacity=1, values=shown
        )
