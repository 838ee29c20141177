"""A head's singular values as a plot in the terminal, with the cut between seen and unseen."""

from typing import Any

import numpy as np

#: Lines of a plot, and characters of its longest bar.
_LINES, _WIDTH = 24, 50


def spectrum(row: dict[str, Any]) -> list[str]:
    """Return the lines of a plot: place, singular value, and a bar on a logarithmic scale.

    Values are shown evenly over their places, and all of the six around the cut.

    Parameters
    ----------
    row
        Of :func:`flows.doctor.examine`, with ``singular_values``.
    """
    sigma, rank = np.array(row["singular_values"]), row["rank"]
    if not sigma[0] > 0:
        return [f"{row['model']}: all singular values are 0"]
    around = range(max(0, rank - 3), min(len(sigma), rank + 3))
    shown = sorted({*np.linspace(0, len(sigma) - 1, _LINES).round().astype(int).tolist(), *around})
    cut = f"{'cut':>6} {row['sigma_cutoff']:9.3g} {'-' * _WIDTH} {row['null_dim']} unseen"
    least = max(float(sigma[-1]), sigma[0] * 1e-12)
    decades = max(float(np.log10(sigma[0] / least)), 1e-9)
    lines = [
        f"{row['model']}: singular values of the head (place, value, bar on a logarithmic scale "
        f"over {decades:.1f} decades)"
    ]
    for i in shown:
        if i == next((j for j in shown if j >= rank), None):
            lines.append(cut)
        share = float(np.log10(max(sigma[i], least) / least)) / decades
        lines.append(f"{i + 1:>6} {sigma[i]:9.3g} {'#' * round(1 + share * (_WIDTH - 1))}")
    return lines if rank < len(sigma) else [*lines, cut]
