"""Candidates that follow from linear readers of the values: neither translator nor texts."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from flows.runs.extracted import ExtractedRun
from flows.runs.readable import WHOLE, Readable
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import progress
from sing_core.scores.readouts import Reader, ReaderFits


def readout_candidates(run: ExtractedRun, model: StoredModel) -> Iterator[tuple[str, str, float]]:
    """Yield group, score and value: what is read off each part, and where the readers' weight lies.

    Accuracies count from chance (0) to always right (1). The *reader share* is the share of the
    variance of a reader's scores that comes by the null part of the features, of the sum of both
    parts'.
    """
    readable = Readable.of(run, model)
    stored = readable.stored
    with progress(f"fitting readers of {model.id}", len(run.images), "pictures") as advance:
        fit = readable.moments(advance)["fit", WHOLE]
    fits = ReaderFits(fit)
    covariance = fit.xx / fit.n
    for group, columns in zip(readable.groups.all, readable.columns, strict=True):
        above = {view: _above(stored[group.name, view]) for view in ("null", "principal")}
        yield group.name, "readout_null", above["null"]
        yield group.name, "readout_null_minus_principal", above["null"] - above["principal"]
        strength = stored[group.name, "all"]["strength"]
        for kind in ("ridge", "lda"):
            reader = fits.reader(kind, strength, columns)
            parts = [
                _variance(reader, readable.views[view], covariance)
                for view in ("null", "principal")
            ]
            share = parts[0] / sum(parts) if sum(parts) else float("nan")
            yield group.name, f"reader_share ({kind})", share


def _above(row: dict[str, Any]) -> float:
    room = 1 - row["chance"]
    return float((row["accuracy"] - row["chance"]) / room) if room else float("nan")


def _variance(reader: Reader, place: slice, covariance: np.ndarray) -> float:
    """Variance of a reader's scores by some coordinates alone, summed over values."""
    weight = reader.weight[place] - reader.weight[place].mean(axis=1, keepdims=True)
    return float(np.einsum("qk,qr,rk->", weight, covariance[place, place], weight, optimize=True))
