"""How well a translator does on images it was not fitted on."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int

from sing_core.geometry.angles import unit


def zero_shot(
    embeddings: Float[np.ndarray, "n k"], class_texts: Float[np.ndarray, "c k"]
) -> Int[np.ndarray, " n"]:
    """Class whose text is nearest in angle, for each embedding."""
    return (unit(embeddings) @ unit(class_texts).T).argmax(axis=1)


@dataclass
class TranslatorQuality:
    """Held-out quality, streamed: cosines, coefficient of determination, zero-shot accuracy.

    Without ``class_texts`` nothing is known of the last.
    """

    class_texts: Float[np.ndarray, "c k"] | None = None
    cosines: list[Float[np.ndarray, " n"]] = field(default_factory=list)
    n: int = 0

    def __post_init__(self) -> None:
        self._residual: np.ndarray = np.zeros(1)
        self._mean, self._spread = np.zeros(1), np.zeros(1)
        self._hits = np.zeros(3, dtype=np.int64)

    def add(
        self,
        target: Float[np.ndarray, "n k"],
        translated: Float[np.ndarray, "n k"],
        translated_principal: Float[np.ndarray, "n k"] | None = None,
        class_index: Int[np.ndarray, " n"] | None = None,
    ) -> None:
        """Take in a shard of held-out images."""
        if not len(target):
            return
        target = np.asarray(target, dtype=np.float64)
        self.cosines.append((unit(target) * unit(translated)).sum(axis=1))
        self._residual = self._residual + np.square(target - translated).sum(axis=0)
        mean = target.mean(axis=0)
        shift, total = mean - self._mean, self.n + len(target)
        self._spread = self._spread + np.square(target - mean).sum(axis=0)
        self._spread = self._spread + np.square(shift) * (self.n * len(target) / total)
        self._mean = self._mean + shift * (len(target) / total)
        self.n = total
        if self.class_texts is None or translated_principal is None:
            return
        for i, embeddings in enumerate((target, translated, translated_principal)):
            self._hits[i] += (zero_shot(embeddings, self.class_texts) == class_index).sum()

    def result(self) -> dict[str, float]:
        """Return the figures under their column names; NaN where there is nothing to judge by.

        Means of the coefficient of determination are taken over coordinates
        that vary among the held-out images.
        """
        names = (
            "cosine_mean", "cosine_median", "r2_mean", "r2_weighted", "mse",
            "top1_space", "top1_translated", "top1_translated_principal",
        )  # fmt: skip
        if not self.n:
            return dict.fromkeys(names, float("nan"))
        cosine = np.concatenate(self.cosines)
        varies = self._spread > 0
        spread, residual = self._spread[varies], self._residual[varies]
        r2 = 1 - residual / spread if varies.any() else np.array([np.nan])
        weighted = 1 - residual.sum() / spread.sum() if varies.any() else np.nan
        hits = self._hits if self.class_texts is not None else np.full(3, np.nan)
        figures = (
            np.nanmean(cosine), np.nanmedian(cosine), r2.mean(), weighted,
            self._residual.mean() / self.n, *(hits / self.n),
        )  # fmt: skip
        return {name: float(figure) for name, figure in zip(names, figures, strict=True)}
