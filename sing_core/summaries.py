"""From scores of images to scores of classes, concepts and models."""

import numpy as np
import polars as pl
from jaxtyping import Float, Int

from sing_core.bootstrap import class_median_intervals, ratio_interval


def class_summary(
    class_index: Int[np.ndarray, " n"],
    as_deg: Float[np.ndarray, " n"],
    is_deg: Float[np.ndarray, " n"],
    *,
    draws: int,
    seed: int,
) -> pl.DataFrame:
    """One row a class: size, means, medians and spread, in degrees.

    Images whose scores are undefined (NaN) are left out of everything but
    their count in the model's summary. The interval is that of the median
    absolute AS; the standard deviation of a single image is undefined (NULL).
    """
    valid = np.isfinite(as_deg) & np.isfinite(is_deg)
    class_index, as_deg, is_deg = class_index[valid], as_deg[valid], is_deg[valid]
    frame = pl.DataFrame({"class_index": class_index, "a": as_deg, "i": is_deg})
    intervals = class_median_intervals(np.abs(as_deg), class_index, draws=draws, seed=seed)
    bounds = pl.DataFrame(
        {
            "class_index": list(intervals),
            "abs_as_ci_low_deg": [low for low, _ in intervals.values()],
            "abs_as_ci_high_deg": [high for _, high in intervals.values()],
        },
        schema_overrides={"class_index": pl.Int64},
    )
    return (
        frame.with_columns(pl.col("class_index").cast(pl.Int64))
        .group_by("class_index")
        .agg(
            pl.len().cast(pl.Int64).alias("n"),
            pl.col("a").abs().mean().alias("abs_as_mean_deg"),
            pl.col("a").abs().median().alias("abs_as_median_deg"),
            pl.col("a").mean().alias("as_mean_deg"),
            pl.col("a").std().alias("as_sd_deg"),
            pl.col("i").mean().alias("is_mean_deg"),
            pl.col("i").median().alias("is_median_deg"),
        )
        .join(bounds, on="class_index", how="left")
        .sort("class_index")
    )


def model_summary(
    class_index: Int[np.ndarray, " n"],
    as_deg: Float[np.ndarray, " n"],
    is_deg: Float[np.ndarray, " n"],
    null_energy: Float[np.ndarray, " n"],
    *,
    draws: int,
    seed: int,
) -> dict[str, float | int]:
    """One model's summary under its column names, angles in degrees.

    ``is_as_ratio`` is median IS over median absolute AS: a mean of ratios is
    meaningless where AS crosses zero. ``n_undefined`` counts images whose
    translation is a zero vector and has no angle.
    """
    valid = np.isfinite(as_deg) & np.isfinite(is_deg)
    n_undefined = int((~valid).sum())
    class_index, as_deg, is_deg = class_index[valid], as_deg[valid], is_deg[valid]
    nan = float("nan")
    if not len(as_deg):
        names = (
            "as_mean_deg", "as_sd_deg", "abs_as_median_deg", "is_mean_deg", "is_sd_deg",
            "is_median_deg", "as_is_correlation", "is_as_ratio", "ratio_ci_low", "ratio_ci_high",
            "median_of_ratios", "null_energy_mean",
        )  # fmt: skip
        return {"n": 0, "n_undefined": n_undefined, **dict.fromkeys(names, nan)}
    several = len(as_deg) > 1
    varied = several and as_deg.std() > 0 and is_deg.std() > 0
    low, high = ratio_interval(is_deg, np.abs(as_deg), class_index, draws=draws, seed=seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        median_of_ratios = np.median(is_deg / np.abs(as_deg))
    return {
        "n": len(as_deg),
        "n_undefined": n_undefined,
        "as_mean_deg": float(as_deg.mean()),
        "as_sd_deg": float(as_deg.std(ddof=1)) if several else nan,
        "abs_as_median_deg": float(np.median(np.abs(as_deg))),
        "is_mean_deg": float(is_deg.mean()),
        "is_sd_deg": float(is_deg.std(ddof=1)) if several else nan,
        "is_median_deg": float(np.median(is_deg)),
        "as_is_correlation": float(np.corrcoef(as_deg, is_deg)[0, 1]) if varied else nan,
        "is_as_ratio": ratio_of_medians(as_deg, is_deg),
        "ratio_ci_low": low,
        "ratio_ci_high": high,
        "median_of_ratios": float(median_of_ratios),
        "null_energy_mean": float(np.nanmean(null_energy[valid])),
    }


def ratio_of_medians(as_deg: Float[np.ndarray, " n"], is_deg: Float[np.ndarray, " n"]) -> float:
    """Median IS over median absolute AS, of images where both are defined; NaN if none is."""
    valid = np.isfinite(as_deg) & np.isfinite(is_deg)
    if not valid.any():
        return float("nan")
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.median(is_deg[valid]) / np.median(np.abs(as_deg[valid])))


class ConceptSummary:
    """Class × concept aggregates, streamed: sums that later batches add to.

    Memory is classes × concepts, whatever the number of images.
    """

    def __init__(self, n_classes: int, n_concepts: int) -> None:
        self.count = np.zeros((n_classes, n_concepts), dtype=np.int64)
        self.original = np.zeros((n_classes, n_concepts))
        self.equivalent = np.zeros((n_classes, n_concepts))
        self._mean = np.zeros((n_classes, n_concepts))
        self._spread = np.zeros((n_classes, n_concepts))

    def add(
        self,
        class_index: Int[np.ndarray, " n"],
        original_deg: Float[np.ndarray, "n k"],
        equivalent_deg: Float[np.ndarray, "n k"],
    ) -> None:
        """Take in the angles of a batch of images to every concept."""
        valid = np.isfinite(original_deg) & np.isfinite(equivalent_deg)
        rows = valid.all(axis=1)  # an undefined angle is undefined to every concept
        class_index = class_index[rows]
        original_deg, equivalent_deg = original_deg[rows], equivalent_deg[rows]
        if not class_index.size or not original_deg.shape[1]:
            return
        order = np.argsort(class_index, kind="stable")
        class_index = class_index[order]
        original_deg, equivalent_deg = original_deg[order], equivalent_deg[order]
        classes, start, count = np.unique(class_index, return_index=True, return_counts=True)
        shift_deg = original_deg - equivalent_deg
        mean = np.add.reduceat(shift_deg, start, axis=0) / count[:, None]
        centered = shift_deg - np.repeat(mean, count, axis=0)
        spread = np.add.reduceat(np.square(centered), start, axis=0)
        before, n = self.count[classes], count[:, None]
        apart = mean - self._mean[classes]
        self._spread[classes] += spread + np.square(apart) * (before * n / (before + n))
        self._mean[classes] += apart * (n / (before + n))
        self.count[classes] += n
        self.original[classes] += np.add.reduceat(original_deg, start, axis=0)
        self.equivalent[classes] += np.add.reduceat(equivalent_deg, start, axis=0)

    def result(self) -> dict[str, np.ndarray]:
        """Columns of one row for every class that has images, and concept."""
        class_index, concept_id = np.nonzero(self.count)
        n = self.count[class_index, concept_id]
        with np.errstate(divide="ignore", invalid="ignore"):
            sd = np.sqrt(self._spread[class_index, concept_id] / (n - 1))
        return {
            "class_index": class_index,
            "concept_id": concept_id,
            "n": n,
            "angle_original_mean_deg": self.original[class_index, concept_id] / n,
            "angle_equivalent_mean_deg": self.equivalent[class_index, concept_id] / n,
            "as_mean_deg": self._mean[class_index, concept_id],
            "as_sd_deg": np.where(n > 1, sd, np.nan),
        }
