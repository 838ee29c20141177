"""Which vision-language space a study looks from."""

import re
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator, model_validator

from flows.study.fields import (
    Array,
    Section,
    Templates,
    Weights,
    at_least_one,
    expand,
    one_of,
    refuse,
    repository,
    unset,
)
from flows.terminal.lists import listed
from sing_core.networks.prompts import DEFAULT_TEMPLATE
from sing_core.networks.spaces import SPACE_CONFIG


class Space(Section):
    """Which vision-language space, and the sentences for a class's name.

    Attributes
    ----------
    model, pretrained, checkpoint
        One of open_clip's models with a tag or a file of its weights; or
        ``local-dir:FOLDER`` or ``hf-hub:REPOSITORY``, which have their own.
    embeddings, class_texts, concept_texts
        Instead of a model: what one made of the items, of the classes and of the
        vocabulary. Such a space cannot embed anything new.
    """

    model: str | None = None
    pretrained: str | None = None
    checkpoint: Weights | None = Field(default=None, exclude_if=unset)
    templates: Templates = (DEFAULT_TEMPLATE,)
    embeddings: Array | None = None
    class_texts: Array | None = None
    concept_texts: Array | None = None

    _some_template = field_validator("templates")(at_least_one)

    @field_validator("model")
    @classmethod
    def _known_or_local(cls, value: str, info: ValidationInfo) -> str:
        if value.startswith("hf-hub:"):
            return repository(value, revisions=False)
        if not value.startswith("local-dir:"):
            import open_clip

            return one_of(value, open_clip.list_models(), "open_clip knows no model")
        folder = expand(value.removeprefix("local-dir:"), info)
        if not (folder / SPACE_CONFIG).is_file():
            raise ValueError(
                f"{folder} holds no {SPACE_CONFIG}; need a model folder as open_clip "
                "saves it for local-dir:"
            )
        return f"local-dir:{folder}"

    @model_validator(mode="after")
    def _model_or_arrays(self) -> "Space":
        if (self.model is None) == (self.embeddings is None):
            have = "neither" if self.model is None else "both"
            raise ValueError(
                "needs either model (one of open_clip's) or embeddings (arrays of your own), "
                f"not {have}"
            )
        if self.model is not None:
            refuse(self, ("class_texts", "concept_texts"), "model, which embeds texts itself")
            return self._with_weights()
        refuse(
            self,
            ("pretrained", "checkpoint", "templates"),
            "embeddings, whose texts are embedded already",
        )
        if self.class_texts is None:
            raise ValueError("class_texts is missing; embeddings need the classes' texts beside")
        return self

    def _with_weights(self) -> "Space":
        assert self.model is not None
        if self.model.startswith(("local-dir:", "hf-hub:")):
            source = self.model.partition(":")[0]
            refuse(self, ("pretrained", "checkpoint"), f"{source}:, which has its own weights")
            return self
        import open_clip

        tags = open_clip.list_pretrained_tags_by_model(self.model)
        if self.checkpoint is not None:
            refuse(self, ("pretrained",), "checkpoint, which is a file of weights")
            return self
        if self.pretrained is None:
            raise ValueError(
                f"pretrained is missing; {self.model} has {listed(tags)}, or give a checkpoint (a "
                "file of its weights)"
            )
        one_of(self.pretrained, tags, f"pretrained: open_clip's {self.model} has no tag")
        return self

    @property
    def folder(self) -> Path | None:
        """The local model's folder; None for a model that open_clip fetches."""
        if self.model is None or not self.model.startswith("local-dir:"):
            return None
        return Path(self.model.removeprefix("local-dir:"))

    @property
    def name(self) -> str:
        """What the space is called in paths."""
        if self.embeddings is not None:
            called = self.embeddings.path.stem
        elif self.folder is not None:
            return self.folder.name
        else:
            own = self.checkpoint.stem if self.checkpoint else self.pretrained
            called = f"{self.model}-{own}" if own else str(self.model).removeprefix("hf-hub:")
        return re.sub(r"[^A-Za-z0-9._-]", "-", called)
