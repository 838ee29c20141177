"""What a study says of a classifier's input, where it is not as the model's configuration says."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from flows.study.fields import Section, unset

Interpolation = Literal["nearest", "bilinear", "bicubic", "box", "hamming", "lanczos"]

CropMode = Literal["center", "squash", "border"]

#: Keys of :class:`Input`.
ASKED = ("input_size", "mean", "std", "interpolation", "crop_pct", "crop_mode")

_Number = Annotated[float, Field(allow_inf_nan=False)]

_Side = Annotated[int, Field(ge=1, le=10_000, strict=True)]


class Input(Section):
    """From a picture to a model's input, in timm's words.

    Attributes
    ----------
    input_size
        Channels (3, or 1 for gray pictures), height and width.
    mean, std
        Of each channel, or one value for all, of pixels from 0 to 1.
    interpolation, crop_pct, crop_mode
        How pictures are resized, the share of the resized side that is kept, and
        how: its ``center``, all of it (``squash``), or with a ``border``.
    """

    input_size: tuple[_Side, _Side, _Side] | None = Field(default=None, exclude_if=unset)
    mean: tuple[_Number, ...] | None = Field(default=None, min_length=1, exclude_if=unset)
    std: tuple[Annotated[_Number, Field(gt=0)], ...] | None = Field(
        default=None, min_length=1, exclude_if=unset
    )
    interpolation: Interpolation | None = Field(default=None, exclude_if=unset)
    crop_pct: float | None = Field(default=None, gt=0, le=1, exclude_if=unset)
    crop_mode: CropMode | None = Field(default=None, exclude_if=unset)

    @field_validator("input_size", mode="before")
    @classmethod
    def _three(cls, value: Any) -> Any:
        if value is not None and not (isinstance(value, list | tuple) and len(value) == 3):
            raise ValueError(f"need [channels, height, width], such as [3, 96, 96], got {value!r}")
        return value

    @property
    def asked(self) -> dict[str, Any]:
        """What the study says of a model's input; nothing of what it leaves to the model."""
        return {key: value for key in ASKED if (value := getattr(self, key)) is not None}
