"""Everything that a run's results depend on, found and prepared before any extraction."""

from dataclasses import dataclass

from flows.features.prepared_model import PreparedModel
from flows.features.texts import Texts
from flows.pictures.manifest import Manifest
from flows.study.study import Study


@dataclass(frozen=True)
class Inputs:
    """What a run starts from.

    Attributes
    ----------
    concepts
        The vocabulary as (group, phrase), read once: its file may be edited during a run.
    outside
        Pictures of another kind, where the study has some.
    """

    study: Study
    manifest: Manifest
    models: list[PreparedModel]
    texts: Texts
    concepts: list[tuple[str | None, str]]
    outside: Manifest | None = None
