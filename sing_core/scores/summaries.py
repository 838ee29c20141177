"""From scores of images to scores of classes and models."""

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int

from sing_core.statistics.bootstrap import class_median_intervals, interval, resampled_medians


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
    their count in the model's summary. The intervals are those of the median
    absolute AS and of the class's rank by it, 1 being the largest; the standard
    deviation of a single image is undefined (NULL).
    """
    valid = np.isfinite(as_deg) & np.isfinite(is_deg)
    class_index, as_deg, is_deg = class_index[valid], as_deg[valid], is_deg[valid]
    frame = pl.DataFrame({"class_index": class_index, "a": as_deg, "i": is_deg})
    intervals = class_median_intervals(np.abs(as_deg), class_index, draws=draws, seed=seed)
    bounds = pl.DataFrame(
        {
            "class_index": intervals.classes,
            "abs_as_ci_low_deg": intervals.low,
            "abs_as_ci_high_deg": intervals.high,
            "rank_ci_low": intervals.rank_low,
            "rank_ci_high": intervals.rank_high,
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
        .with_columns(
            pl.col("rank_ci_low", "rank_ci_high").fill_nan(None).cast(pl.Int64),
            pl.col("abs_as_median_deg").rank("min", descending=True).cast(pl.Int64).alias("rank"),
        )
        .sort("class_index")
    )


def model_summary(
    class_index: Int[np.ndarray, " n"],
    as_deg: Float[np.ndarray, " n"],
    is_deg: Float[np.ndarray, " n"],
    null_energy: Float[np.ndarray, " n"],
    control_as_deg: Float[np.ndarray, " n"],
    control_is_deg: Float[np.ndarray, " n"],
    *,
    draws: int,
    seed: int,
) -> dict[str, float | int]:
    """One model's summary under its column names, angles in degrees.

    ``is_as_ratio`` is median IS over median absolute AS: a mean of ratios is
    meaningless where AS crosses zero. ``ratio_excess`` is how many times the
    control's it is. ``n_undefined`` counts images whose translation is a zero
    vector and has no angle; nothing but that count is about them.
    """
    valid = np.isfinite(as_deg + is_deg + control_as_deg + control_is_deg)
    n_undefined = int((~valid).sum())
    class_index, as_deg, is_deg = class_index[valid], as_deg[valid], is_deg[valid]
    control_as_deg, control_is_deg = control_as_deg[valid], control_is_deg[valid]
    nan = float("nan")
    if not len(as_deg):
        names = (
            "as_mean_deg", "as_sd_deg", "abs_as_median_deg", "is_mean_deg", "is_sd_deg",
            "is_median_deg", "as_is_correlation", "is_as_ratio", "ratio_ci_low", "ratio_ci_high",
            "median_of_ratios", "null_energy_mean", "control_ratio", "ratio_excess",
            "excess_ci_low", "excess_ci_high",
        )  # fmt: skip
        return {"n": 0, "n_undefined": n_undefined, **dict.fromkeys(names, nan)}
    several = len(as_deg) > 1
    varied = several and as_deg.std() > 0 and is_deg.std() > 0
    columns = (is_deg, np.abs(as_deg), control_is_deg, np.abs(control_as_deg))
    drawn = resampled_medians(columns, class_index, draws=draws, seed=seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        median_of_ratios = np.nanmedian(is_deg / np.abs(as_deg))  # 0 / 0: nothing moved
        ratio, control = (ratio_of_medians(*pair) for pair in (
            (as_deg, is_deg), (control_as_deg, control_is_deg),
        ))  # fmt: skip
        ratios, controls = drawn[:, 0] / drawn[:, 1], drawn[:, 2] / drawn[:, 3]
        low, high = interval(ratios) if several else (nan, nan)
        excess_low, excess_high = interval(ratios / controls) if several else (nan, nan)
        excess = float(np.float64(ratio) / control)
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
        "is_as_ratio": ratio,
        "ratio_ci_low": low,
        "ratio_ci_high": high,
        "median_of_ratios": float(median_of_ratios),
        "null_energy_mean": float(np.nanmean(null_energy[valid])),
        "control_ratio": control,
        "ratio_excess": excess,
        "excess_ci_low": excess_low,
        "excess_ci_high": excess_high,
    }


def ratio_of_medians(as_deg: Float[np.ndarray, " n"], is_deg: Float[np.ndarray, " n"]) -> float:
    """Median IS over median absolute AS, of images where both are defined; NaN if none is."""
    valid = np.isfinite(as_deg) & np.isfinite(is_deg)
    if not valid.any():
        return float("nan")
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.median(is_deg[valid]) / np.median(np.abs(as_deg[valid])))


def place_in_class(
    class_index: Int[np.ndarray, " n"],
    as_deg: Float[np.ndarray, " n"],
    is_deg: Float[np.ndarray, " n"],
) -> pl.DataFrame:
    """Where each image stands among those of its class.

    Percentiles (0 to 100, mid-ranks) of |AS| and IS, and whether either lies
    beyond 3.5 robust standard deviations (1.4826 times the median absolute
    deviation) of the class's median. NaN, and no outlier, where undefined.
    """
    frame = pl.DataFrame({"c": class_index, "a": np.abs(as_deg), "i": is_deg}, nan_to_null=True)

    def percentile(name: str) -> pl.Expr:
        column = pl.col(name)
        return (100 * (column.rank() - 0.5) / column.count()).over("c")

    def far(name: str) -> pl.Expr:
        apart = (pl.col(name) - pl.col(name).median()).abs()
        return (apart > 3.5 * 1.4826 * apart.median()).over("c").fill_null(value=False)

    return frame.select(
        percentile("a").alias("abs_as_percentile"),
        percentile("i").alias("is_percentile"),
        ((far("a") | far("i")) & (pl.len().over("c") >= _ENOUGH_FOR_OUTLIERS)).alias("is_outlier"),
    )


#: Images of a class below which none is called an outlier.
_ENOUGH_FOR_OUTLIERS = 10


def energy_percentile(
    null_energy: Float[np.ndarray, " n"], is_fit: Bool[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """Share of the pictures fitted on, in percent, whose null energy is at most each one's.

    NaN where the energy is undefined.
    """
    fit = np.sort(null_energy[is_fit & np.isfinite(null_energy)])
    fuller = 100 * np.searchsorted(fit, null_energy, side="right") / max(1, len(fit))
    return np.where(np.isfinite(null_energy), fuller, np.nan)


def what_removal_does(
    max_abs_logit_drift: Float[np.ndarray, " n"],
    kl: Float[np.ndarray, " n"],
    flipped: Bool[np.ndarray, " n"],
) -> dict[str, float]:
    """What null removal does to a model's predictions: nothing, if the null space is exact.

    The 99 % quantile and the maximum of the largest logit change, the mean
    Kullback-Leibler divergence (nats), and the share of changed predictions.
    """
    return {
        "logit_drift_q99": float(np.quantile(max_abs_logit_drift, 0.99)),
        "logit_drift_max": float(max_abs_logit_drift.max()),
        "kl_mean": float(kl.mean()),
        "flipped_share": float(flipped.mean()),
    }
