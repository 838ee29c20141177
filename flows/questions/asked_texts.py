"""Texts that a question names: as the run stored them, or embedded anew by its own space."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from flows.features.networks import NoTextModelError
from flows.questions.named_runs import UnknownClassError
from flows.questions.published_run import PublishedRun
from flows.study.class_names import AmbiguousClassError, index_of, word_of
from flows.study.concepts import Concepts
from flows.study.space import Space
from sing_core.geometry.angles import angle_deg
from sing_core.networks import vision_language
from sing_core.networks.prompts import reworded
from sing_core.networks.weights import BadWeightsError

#: How a text is put that is neither a class nor a phrase: as it stands.
AS_IT_STANDS = ("{}",)

#: Other hardware or another torch turns an embedding by less than a tenth of a degree; other
#: weights, or another activation, by many degrees.
_SAME_SPACE_DEG = 1.0


class EmptyTextError(ValueError):
    """A text without a word."""

    exit_code = 2


class SpaceGoneError(RuntimeError):
    """A run's space that cannot be loaded any more, or is another by now."""

    exit_code = 1


def target_text(run: PublishedRun, text: str) -> np.ndarray:
    """Embedding of what pictures are steered towards: a class, a phrase, or any other text."""
    stored = stored_target(run, text)
    return new_text(run, text, AS_IT_STANDS) if stored is None else stored


def phrase_text(run: PublishedRun, phrase: str) -> np.ndarray:
    """Embedding of a phrase as the run's vocabulary has it, or would have it."""
    stored = stored_phrase(run, phrase)
    return new_text(run, phrase, concept_templates(run)) if stored is None else stored


def stored_target(run: PublishedRun, text: str) -> np.ndarray | None:
    """A class's stored embedding, else that of a phrase of the vocabulary, else None.

    Raises
    ------
    UnknownClassError
        If several classes are called so.
    """
    phrase = stored_phrase(run, text)
    if phrase is not None and text not in run.class_names.values():
        return phrase
    try:
        index = index_of(text, run.class_names)
    except AmbiguousClassError as error:
        raise UnknownClassError(f"{run.run_id}: {error}") from error
    return None if index is None else np.asarray(run.texts()[0][index])


def stored_phrase(run: PublishedRun, phrase: str) -> np.ndarray | None:
    """The stored embedding of a phrase of the run's vocabulary; None of any other."""
    rows = run.ask("phrase_ids", phrase=phrase)
    return np.asarray(run.texts()[1][rows["concept_id"][0].as_py()]) if len(rows) else None


def concept_templates(run: PublishedRun) -> tuple[str, ...]:
    """The sentences that the run puts its phrases into."""
    concepts = run.config["concepts"]
    return tuple(concepts["templates"] if concepts else Concepts.model_fields["templates"].default)


def new_text(run: PublishedRun, text: str, templates: tuple[str, ...]) -> np.ndarray:
    """Unit embedding of a text by the run's space.

    Raises
    ------
    EmptyTextError
        If there is nothing to embed.
    NoTextModelError
        If the space is given as arrays.
    SpaceGoneError
        If it cannot be loaded, or does not embed as it did for the run.
    """
    if not text.strip():
        raise EmptyTextError("the text is empty; need a word or a sentence")
    return np.asarray(_space_of(run).embed_texts([text], templates)[0])


def _space_of(run: PublishedRun) -> vision_language.Space:
    # Read without the checks of a study file: what it names may be gone, which is told below.
    space = Space.model_construct(**run.config["space"])
    if space.model is None:
        raise NoTextModelError(
            f"the space of {run.run_id} is given as arrays (space.embeddings), so it cannot embed "
            "new texts; choose a phrase of its vocabulary, or add the text there and run the study"
        )
    checkpoint = Path(space.checkpoint) if space.checkpoint else None
    files = [checkpoint] if checkpoint else _files(space.folder)
    return _proved(run, space.model, space.pretrained, checkpoint, _stamp(files))


def _files(folder: Path | None) -> list[Path]:
    return sorted(folder.iterdir()) if folder is not None and folder.is_dir() else []


def _stamp(files: list[Path]) -> tuple[tuple[str, int, int], ...]:
    """What changes when a local model is replaced, so that a loaded one is not mistaken for it."""
    found = [(path.name, path.stat()) for path in files if path.exists()]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)


# One of each: a process that answers many questions goes on with the space of the last.
@lru_cache(maxsize=1)
def _proved(
    run: PublishedRun,
    model: str,
    pretrained: str | None,
    checkpoint: Path | None,
    stamp: tuple[tuple[str, int, int], ...],
) -> vision_language.Space:
    """Load a run's space, and prove on a class's text that it embeds as it did for the run."""
    try:
        space = _loaded(model, pretrained, checkpoint, stamp)
    except BadWeightsError as error:
        raise SpaceGoneError(
            f"a new text needs the space of {run.run_id}, but {error}; bring its weights back to "
            "where the run found them (`sing phrase` fetches those of a hub), or choose a phrase "
            "of the run's vocabulary"
        ) from error
    templates = tuple(run.config["space"]["templates"])
    # Earlier versions put some names in other words: one that was always put so is better proof.
    plain = [item for item in run.class_names.items() if not reworded(templates, [item[1]])]
    index, name = next(iter(plain or run.class_names.items()))
    name = word_of(name, index)
    before = np.asarray(run.texts()[0][index])
    now = space.embed_texts([name], templates)[0]
    if now.shape != before.shape or not angle_deg(now, before) < _SAME_SPACE_DEG:
        raise SpaceGoneError(
            f"a new text needs the space of {run.run_id}, but {model!r} does not embed "
            f"{name!r} as it did then, so its weights or settings were changed; run the study "
            "again, or choose a phrase of the run's vocabulary"
        )
    return space


@lru_cache(maxsize=1)
def _loaded(
    model: str,
    pretrained: str | None,
    checkpoint: Path | None,
    stamp: tuple[tuple[str, int, int], ...],
) -> vision_language.Space:
    return vision_language.load_space(model, pretrained, checkpoint)
