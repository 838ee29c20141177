"""Which pictures a translator is fitted on, chosen by, and judged on."""

from collections.abc import Iterable, KeysView
from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.study.analysis import Translator
from flows.study.images import Images
from sing_core.files.image_folder import split

_PARTS = ("train", "validation", "holdout")


class TooFewPicturesError(RuntimeError):
    """Pictures that no translator can be fitted on."""

    exit_code = 2


@dataclass(frozen=True)
class Parts:
    """Each picture's part (train, validation or holdout) and class, by its id."""

    part: dict[str, str]
    class_index: dict[str, int]

    @classmethod
    def of(cls, images: pl.DataFrame, settings: Translator) -> "Parts":
        """Part a run's pictures: what is held out is so already, of the rest some choose λ."""
        fit = images.filter(pl.col("split") == "fit")
        # Another seed: with the same one the order that chose the held-out pictures would go on.
        side = split(fit, holdout=settings.validation, seed=settings.seed + 1)
        chosen = fit.filter(side == "holdout")["image_id"].implode()
        place = (
            pl.when(pl.col("split") == "holdout")
            .then(2)
            .otherwise(pl.col("image_id").is_in(chosen).cast(pl.Int32))
        )
        # One text an id and one a part, however many pictures there are.
        ids = images["image_id"].to_list()
        part = [_PARTS[n] for n in images.select(place).to_series()]
        return cls(
            dict(zip(ids, part, strict=True)), dict(zip(ids, images["class_index"], strict=True))
        )

    def require_enough(self, images: Images) -> None:
        """Raise :class:`TooFewPicturesError` without pictures to fit on, and to choose λ by."""
        n_train, n_validation = self.count("train"), self.count("validation")
        if n_train < 2 or n_validation < 1:
            limits = [name for name in ("limit", "limit_per_class") if getattr(images, name)]
            advice = "give some class three different pictures or more"
            if limits:
                advice = f"raise images.{' and images.'.join(limits)}: need three of some class"
            raise TooFewPicturesError(
                f"{len(self.ids)} pictures leave {n_train} to fit on and {n_validation} to choose "
                f"λ by, and at least 2 and 1 are needed; {advice} (copies count once)"
            )

    @property
    def ids(self) -> KeysView[str]:
        """Of all pictures."""
        return self.part.keys()

    def of_ids(self, ids: Iterable[str]) -> np.ndarray:
        """The pictures' parts, as an array of words."""
        return np.array([self.part[i] for i in ids])

    def classes(self, ids: Iterable[str]) -> np.ndarray:
        """The pictures' classes."""
        return np.array([self.class_index[i] for i in ids])

    def count(self, part: str) -> int:
        """How many pictures are in a part."""
        return sum(some == part for some in self.part.values())
