"""The translator, fitted to pairs of features and embeddings that lie in memory."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from sing_core.geometry.moments import Moments
from sing_core.geometry.translator import LinearTranslator, fit_notes, fit_validated
from sing_core.library.given import matrix
from sing_core.scores.translator_quality import TranslatorQuality


@dataclass(frozen=True)
class Translator(LinearTranslator):
    """``T(f) = A f + b``, with what is known of its quality.

    Attributes
    ----------
    weight, bias
        ``A`` (space × features) and ``b`` (space), float64.
    ridge_lambda
        The strength that did best on the validation part.
    n_fit, n_holdout
        Rows that it was fitted on, and judged on.
    quality
        On the held-out rows: ``cosine_mean``, ``cosine_median``, ``r2_mean``, ``r2_weighted``,
        ``mse``, as in table ``translators``.
    warnings
        What to know before its numbers are read.
    """

    ridge_lambda: float
    n_fit: int
    n_holdout: int
    quality: dict[str, float]
    warnings: tuple[str, ...]

    def __call__(self, features: Any) -> Float[np.ndarray, "n k"]:
        """Translate features (n × features) into the space (n × space), float64."""
        return super().__call__(matrix(features, "features"))

    def __repr__(self) -> str:
        k, m = self.weight.shape
        known = ", ".join(f"{name} {self.quality[name]:.3f}" for name in ("cosine_mean", "r2_mean"))
        wary = f"; {'; '.join(self.warnings)}" if self.warnings else ""
        return f"Translator({m} features to {k}, fitted on {self.n_fit}; held out: {known}{wary})"


def fit_translator(
    features: Any,
    embeddings: Any,
    *,
    intercept: bool = True,
    holdout: float | int = 0.2,
    validation: float | int = 0.2,
    seed: int = 0,
) -> Translator:
    """Fit a linear translator in closed form and judge it on rows that it was not fitted on.

    Parameters
    ----------
    features
        Penultimate features (n × features), an array or tensor.
    embeddings
        The space's image features of the same pictures (n × space), not normalized.
    intercept
        Whether ``T`` has a constant.
    holdout, validation
        The share that is held out, and of the rest the share that chooses λ.
    seed
        Of who is held out.

    Returns
    -------
    Translator
        Callable; with λ, held-out quality and warnings.

    Raises
    ------
    ValueError
        If the rows do not match, are not finite, or are too few.

    References
    ----------
    SING, equation 4.

    Examples
    --------
    >>> import numpy as np, sing_core as sing
    >>> rng = np.random.default_rng(0)
    >>> features = rng.normal(size=(400, 5))
    >>> truth = rng.normal(size=(3, 5))
    >>> translator = sing.fit_translator(features, features @ truth.T + 1)
    >>> bool(translator.quality["r2_mean"] > 0.999)
    True
    >>> translator(features[:2]).shape
    (2, 3)
    """
    x, y = matrix(features, "features"), matrix(embeddings, "embeddings")
    if len(x) != len(y):
        raise ValueError(f"{len(x)} features and {len(y)} embeddings; need one each of a picture")
    order = np.random.default_rng(seed).permutation(len(x))
    n_held = round(holdout * len(x))
    n_chosen = round(validation * (len(x) - n_held))
    held, chosen, train = np.split(order, [n_held, n_held + n_chosen])
    if len(train) < 2 or len(chosen) < 1:
        raise ValueError(
            f"{len(x)} rows leave {len(train)} to fit on and {len(chosen)} to choose λ by; need "
            "2 and 1 at least, and twice as many rows as features to be any good"
        )
    parts = [Moments(x.shape[1], y.shape[1]) for _ in range(2)]
    for moments, rows in zip(parts, (train, chosen), strict=True):
        moments.add(x[rows], y[rows])
    fit, lambdas, best = fit_validated(*parts, intercept=intercept)
    judged = TranslatorQuality()
    judged.add(y[held], fit(x[held]))
    quality = {name: value for name, value in judged.result().items() if "top1" not in name}
    n_fit = len(train) + len(chosen)
    warnings = fit_notes(n_fit, x.shape[1], best, len(lambdas), "rows")
    if not len(held):
        warnings.append("no row was held out, so nothing says how good it is")
    return Translator(
        fit.weight, fit.bias, float(lambdas[best]), n_fit, len(held), quality,
        tuple(warnings),
    )  # fmt: skip
