"""How a study analyzes: null space, translator, steering, and how much is stored."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from flows.study.fields import Count, Section, Seed, Share, expand


class NullSpace(Section):
    """What counts as the null space.

    Attributes
    ----------
    mode
        ``exact``: what moves no logit. ``softmax``: what moves all logits alike,
        so no probability. ``approx``: what moves logits little, by the one rule
        given. ``classes``: what moves no logit of ``classes``.
    rank, rtol
        Overrule the rank: how many directions count as seen, or a cut relative
        to the largest singular value.
    energy
        Only ``approx``: keep the fewest directions that hold this share of the
        head's squared singular values.
    max_drift, drift_quantile, max_flips
        Only ``approx``: the largest null space whose removal, measured on the
        pictures to fit on, moves the largest logit change of all but
        ``1 - drift_quantile`` of them by at most ``max_drift``, or changes the
        predicted class of at most this share.
    """

    mode: Literal["exact", "softmax", "approx", "classes"] = "exact"
    classes: tuple[str, ...] = ()
    rank: Count | None = None
    rtol: Annotated[float, Field(gt=0, lt=1)] | None = None
    energy: Annotated[float, Field(gt=0, lt=1)] | None = None
    max_drift: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    drift_quantile: Annotated[float, Field(gt=0, le=1)] = 0.99
    max_flips: Annotated[float, Field(ge=0, lt=1)] | None = None

    @property
    def is_measured(self) -> bool:
        """Whether the cut is chosen by what removal does to real features."""
        return self.max_drift is not None or self.max_flips is not None

    @property
    def rule(self) -> str:
        """The rule of the cut in words."""
        if self.max_drift is not None:
            return f"{self.drift_quantile:g} quantile of max |logit change| <= {self.max_drift:g}"
        if self.max_flips is not None:
            return f"share of changed predictions <= {self.max_flips:g}"
        if self.energy is not None:
            return f"the rest holds {self.energy!r} of the squared singular values"
        if self.rank is not None:
            return f"rank {self.rank}"
        if self.rtol is not None:
            return f"singular values <= {self.rtol:g} of the largest"
        return "singular values within the rounding of the stored weights"

    @model_validator(mode="after")
    def _one_rule(self) -> "NullSpace":
        rules = ("rank", "rtol", "energy", "max_drift", "max_flips")
        given = [name for name in rules if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} all say where to cut; give one of them")
        if self.mode == "approx" and not given:
            raise ValueError(f"mode approx needs a rule where to cut: one of {', '.join(rules)}")
        if self.mode != "approx" and given and given[0] not in ("rank", "rtol"):
            raise ValueError(f"{given[0]} goes with mode = 'approx' only")
        if (self.mode == "classes") != bool(self.classes):
            raise ValueError("mode classes and classes (a list of class names) go together")
        return self


class Translator(Section):
    """How translators are fitted: held-out share, and the share of the rest that chooses λ.

    Attributes
    ----------
    file
        A translator to take instead of fitting one: a state dict of one linear
        layer, with ``weight`` (space × features) and ``bias`` (space).
        ``{model}`` stands for each model's id.
    """

    intercept: Annotated[bool, Field(strict=True)] = True
    holdout: Share = 0.2
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.2
    seed: Seed = 0
    file: str | None = None

    @field_validator("file", mode="before")
    @classmethod
    def _absolute(cls, value: Any, info: ValidationInfo) -> Any:
        return None if value is None else str(expand(value, info))

    def file_of(self, model: str) -> Path | None:
        """The file of a model's translator; None where one is fitted."""
        return None if self.file is None else Path(self.file.replace("{model}", model))


class Steering(Section):
    """How far steps inside the null space are taken, and towards what.

    Attributes
    ----------
    targets
        Classes or phrases of the vocabulary; by default eight of the classes,
        evenly over their list.
    target_is_deg
        The Image Score that every step is calibrated to.
    images_per_class
        Pictures a class that are steered, at most.
    """

    targets: tuple[str, ...] = ()
    target_is_deg: Annotated[float, Field(gt=0, lt=180)] = 40.0
    images_per_class: Count = 10


class Gate(Section):
    """Limits that `sing gate` holds a run against.

    Attributes
    ----------
    rules
        As ``feature_share(class) <= +0.02``: docs/gate.md has the figures.
    baseline
        What changes are against: ``last``, a run, a study, or a file of figures.
    """

    rules: tuple[str, ...] = ()
    baseline: str | None = None


class Analysis(Section):
    """How much is stored and resampled, and how pictures are batched.

    Attributes
    ----------
    batch_size
        Pictures a model sees at once; by default 8 on a CPU, where larger
        batches leave the caches (64 of small ones), and on a GPU what a trial
        finds fastest.
    shard_size
        Pictures a Parquet file: what a killed run has to do again, at most.
    precision
        What networks compute in: ``float32``, less, or the ``fastest`` within the
        budget. Per network what is asked for, or the next better one.
    precision_budget_deg
        The largest angle, in degrees, by which less than float32 may turn the
        vector of any of the pictures that it is measured on.
    """

    max_image_concept_rows: Annotated[int, Field(ge=0, le=10**12, strict=True)] = 20_000_000
    bootstrap_draws: Annotated[int, Field(ge=100, le=100_000, strict=True)] = 1000
    seed: Seed = 0
    batch_size: Count | None = None
    shard_size: Count = 1024
    precision: Literal["float32", "tf32", "float16", "bfloat16", "fastest"] = "float32"
    precision_budget_deg: Annotated[float, Field(gt=0, le=180)] = 0.05
