"""Medians of steps, and ratios of medians with their intervals, all from the same draws."""

from typing import Any

import numpy as np
from jaxtyping import Int

from sing_core.scores.controls import DRAWS, Moved
from sing_core.scores.summaries import ratio_of_medians
from sing_core.statistics.bootstrap import interval, resampled_medians


def medians_of(moved: Moved) -> dict[str, Any]:
    """Medians over images of a step's scores under their column names; None where undefined."""
    defined = np.isfinite(moved.as_deg) & np.isfinite(moved.is_deg)
    some = defined.any()
    low, middle, high = np.quantile(moved.logit_l2, [0.05, 0.5, 0.95])
    return {
        "n": int(defined.sum()),
        "abs_as_median_deg": float(np.median(np.abs(moved.as_deg[defined]))) if some else None,
        "is_median_deg": float(np.median(moved.is_deg[defined])) if some else None,
        "is_as_ratio": ratio_of_medians(moved.as_deg, moved.is_deg),
        "logit_l2_median": float(middle),
        "logit_l2_q05": float(low),
        "logit_l2_q95": float(high),
    }


class ControlIntervals:
    """Ratios of medians of removals and controls, with intervals from the same draws of images.

    Parameters
    ----------
    controls
        Scores of each kind and draw of control.
    removals
        Scores of each removal, ``null`` among them.
    class_index
        The images' classes: images are resampled within them.
    """

    def __init__(
        self,
        controls: dict[tuple[str, int], Moved],
        removals: dict[str, Moved],
        class_index: Int[np.ndarray, " n"],
        *,
        draws: int,
        seed: int,
    ) -> None:
        self._pairs = {
            ("removal", name): (moved.is_deg, np.abs(moved.as_deg))
            for name, moved in removals.items()
        }
        for (kind, draw), moved in controls.items():
            self._pairs[kind, str(draw)] = (moved.is_deg, np.abs(moved.as_deg))
        every = [column for pair in self._pairs.values() for column in pair]
        # An angle is undefined where T f is zero, and then it is to every step.
        self._defined = np.isfinite(np.stack(every, axis=1)).all(axis=1)
        self.n = int(self._defined.sum())
        drawn = np.full((draws, len(every)), np.nan)
        if self.n > 1:
            columns = [column[self._defined] for column in every]
            drawn = resampled_medians(columns, class_index[self._defined], draws=draws, seed=seed)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = drawn[:, 0::2] / drawn[:, 1::2]
        self._drawn = dict(zip(self._pairs, ratios.T, strict=True))

    def _ratio(self, key: tuple[str, str]) -> np.float64:
        top, bottom = (column[self._defined] for column in self._pairs[key])
        return np.float64(ratio_of_medians(bottom, top))

    def of_removal(self, name: str) -> dict[str, float]:
        """Ends of the interval of a removal's median IS over median |AS|."""
        low, high = interval(self._drawn["removal", name])
        return {"ratio_ci_low": low, "ratio_ci_high": high}

    def of_excess(self, kind: str) -> dict[str, Any]:
        """How many times a control's ratio that of null removal is.

        The control's ratio is the geometric mean over its draws; for the
        interval images are resampled, and draws too.
        """
        keys = [(kind, str(draw)) for draw in range(DRAWS)]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log([self._ratio(key) for key in keys])
            ratio = np.log(self._ratio(("removal", "null")))
            drawn = np.log(np.stack([self._drawn[key] for key in keys], axis=1))
            chosen = np.random.default_rng(0).integers(DRAWS, size=drawn.shape)
            control = np.take_along_axis(drawn, chosen, axis=1).mean(axis=1)
            low, high = interval(np.exp(np.log(self._drawn["removal", "null"]) - control))
        return {
            "n": self.n, "n_draws": DRAWS, "control_ratio": float(np.exp(logs.mean())),
            "ratio_excess": float(np.exp(ratio - logs.mean())),
            "excess_ci_low": low, "excess_ci_high": high,
        }  # fmt: skip
