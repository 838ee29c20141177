"""Shares of pictures with their intervals."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist


@dataclass(frozen=True)
class Share:
    """A share, or a difference of two, with a 95 % interval; None where it is not known."""

    value: float | None
    low: float | None
    high: float | None


_Z = NormalDist().inv_cdf(0.975)


def share(k: int, n: int) -> Share:
    """The share of k of n, with Wilson's interval."""
    middle, reach = (k + _Z**2 / 2) / (n + _Z**2), _Z * sqrt(k * (n - k) / n + _Z**2 / 4)
    reach /= n + _Z**2
    return Share(k / n, max(0.0, middle - reach), min(1.0, middle + reach))


def share_apart(more: int, less: int, n: int) -> Share:
    """How much larger one share is than another of the same n pictures.

    Agresti and Min's interval for matched pairs: Wald's, after half a picture is added to each of
    the four ways in which a pair can turn out.

    Parameters
    ----------
    more, less
        Pictures that only the first has, and only the second.
    """
    b, c, total = more + 0.5, less + 0.5, n + 2
    middle = (b - c) / total
    reach = _Z * sqrt((b + c) - (b - c) ** 2 / total) / total
    return Share((more - less) / n, max(-1.0, middle - reach), min(1.0, middle + reach))
