"""Which classifiers a study analyzes."""

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from flows.study.fields import (
    ARRAYS,
    Array,
    Name,
    Weights,
    expand,
    one_of,
    refuse,
    repository,
    unset,
)
from flows.study.model_input import ASKED, Input
from sing_core.networks.head_inputs import HeadInput
from sing_core.networks.model_folders import HUB, LOCAL, architecture_in, folder_of

#: Arguments of timm.create_model that would go around the weights that the study names.
_NO_ARGS = frozenset({"pretrained", "checkpoint_path", "features_only", "num_classes"})


class Model(Input):
    """Which classifier: any of timm's, with local or pretrained weights; or arrays of any other.

    Attributes
    ----------
    timm, features
        One of them: an architecture, ``local-dir:FOLDER`` or
        ``hf-hub:REPOSITORY``, or the features that some network gave, one row an
        item. The latter need a ``head`` and nothing else.
    checkpoint, pretrained
        A file of weights; or ``true`` for timm's default weights, or a tag. A
        folder and a hub's repository have their own.
    checkpoint_key
        Which of several sets of weights in a checkpoint: its entry, or what
        stands before their names.
    head, head_input
        A separate linear head in its own file, and what it takes of timm's: the
        ``pooled`` feature, or tokens joined as DINO's and DINOv2's heads take
        them (``sing_core/networks/head_inputs.py``).
    args
        More arguments of ``timm.create_model``.
    series
        What a series of models is called, which is in order as the study has them: checkpoints of
        a training (``checkpoints`` makes one), or sizes of an architecture.
    """

    id: Name
    timm: str | None = None
    features: Array | None = None
    checkpoint: Weights | None = None
    checkpoint_key: str | None = Field(default=None, min_length=1, exclude_if=unset)
    pretrained: bool | str = False
    head: Weights | None = None
    head_input: HeadInput = "pooled"
    args: dict[str, Any] = Field(default_factory=dict)
    series: Name | None = Field(default=None, exclude_if=unset)

    @field_validator("args")
    @classmethod
    def _not_about_weights(cls, value: dict[str, Any]) -> dict[str, Any]:
        refused = sorted(value.keys() & _NO_ARGS)
        if refused:
            raise ValueError(
                f"{', '.join(refused)} must not be in args; checkpoint, pretrained and head say "
                "which weights, and these how many classes"
            )
        return value

    @field_validator("timm")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        import timm

        if value.startswith(HUB):
            return repository(value, revisions=True)
        folder = folder_of(value)
        if folder is not None:
            folder = expand(str(folder), info)
            one_of(architecture_in(folder), timm.list_models(), f"{folder}: timm knows no model")
            return f"{LOCAL}{folder}"
        if timm.is_model(value.split(".")[0]):
            return value
        return one_of(value, timm.list_models(), "timm knows no model")

    @model_validator(mode="after")
    def _timm_or_arrays(self) -> "Model":
        if (self.timm is None) == (self.features is None):
            have = "neither" if self.timm is None else "both"
            raise ValueError(
                "needs either timm (one of its classifiers) or features (arrays of your own), "
                f"not {have}"
            )
        if self.timm is not None:
            return self._with_weights()
        others = ("checkpoint", "checkpoint_key", "pretrained", "head_input", "args", *ASKED)
        refuse(self, others, "features, which come with a head alone")
        if self.head is None:
            raise ValueError(
                "head is missing; features need the file of the linear layer that takes them"
            )
        return self

    def _with_weights(self) -> "Model":
        import timm

        if self.head is None and self.head_input != "pooled":
            raise ValueError("head_input is only for a separate head; name its file as head")
        if self.has_own_weights:
            if self.checkpoint is not None or isinstance(self.pretrained, str):
                key = "checkpoint" if self.checkpoint else "pretrained"
                raise ValueError(f"{key} does not go with {self.timm}, which has its own weights")
            return self
        if self.checkpoint is None and self.checkpoint_key is not None:
            raise ValueError("checkpoint_key is only for a checkpoint; name its file")
        if (self.checkpoint is not None) == bool(self.pretrained):
            have = "both" if self.pretrained else "neither"
            raise ValueError(
                f"needs either checkpoint (a file of weights) or pretrained (true or a tag), "
                f"not {have}"
            )
        architecture, _, tag = self.name.partition(".")
        tags = [name.partition(".")[2] for name in timm.list_pretrained(f"{architecture}.*")]
        if self.pretrained and not tags and architecture not in timm.list_pretrained(architecture):
            raise ValueError(f"timm has no pretrained weights for {architecture}")
        if self.pretrained and tag:
            one_of(tag, tags, f"timm's {architecture} has no tag")
        return self

    @property
    def has_own_weights(self) -> bool:
        """Whether what ``timm`` names brings weights with it."""
        return self.timm is not None and self.timm.startswith((LOCAL, HUB))

    @property
    def folder(self) -> Path | None:
        """The folder of a ``local-dir:`` model; None of others."""
        return None if self.timm is None else folder_of(self.timm)

    @property
    def architecture(self) -> str:
        """The name that is told: of a folder that of the architecture in it, else ``name``."""
        return self.name if self.folder is None else architecture_in(self.folder)

    @property
    def name(self) -> str:
        """Timm's name, with the tag of the weights if one is chosen; ``arrays`` without timm."""
        if self.timm is None:
            return ARRAYS
        if isinstance(self.pretrained, str):
            return f"{self.timm.split('.')[0]}.{self.pretrained}"
        return self.timm
