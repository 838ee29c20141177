"""A study: one TOML file that says what to analyze, as one frozen, validated value."""

from pydantic import field_validator, model_validator

from flows.study.analysis import Analysis, Gate, NullSpace, Steering, Translator
from flows.study.concepts import Concepts
from flows.study.fields import Name, Section
from flows.study.images import Images, OutOfDistribution
from flows.study.model import Model
from flows.study.space import Space


class Study(Section):
    """Everything that one study asks for."""

    name: Name
    images: Images
    space: Space
    models: tuple[Model, ...]
    concepts: Concepts | None = None
    null_space: NullSpace = NullSpace()
    translator: Translator = Translator()
    steering: Steering = Steering()
    out_of_distribution: OutOfDistribution | None = None
    analysis: Analysis = Analysis()
    gate: Gate = Gate()

    @field_validator("models")
    @classmethod
    def _some(cls, models: tuple[Model, ...]) -> tuple[Model, ...]:
        if not models:
            raise ValueError("need at least one [[models]] section")
        return models

    @model_validator(mode="after")
    def _networks_for_other_pictures(self) -> "Study":
        given = [model.id for model in self.models if model.timm is None]
        if self.out_of_distribution is not None and given:
            raise ValueError(
                f"out_of_distribution has pictures that {', '.join(given)}, given as arrays, "
                "cannot look at; need timm models"
            )
        return self
