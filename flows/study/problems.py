"""What is wrong across the keys of a study, of which each may be right by itself.

Asked of the sections that are, so that one reading shows every problem of a file.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from flows.study.analysis import Translator
from flows.study.class_lists import chosen_folders, given_classes
from flows.study.class_names import same_form
from flows.study.concepts import Concepts
from flows.study.images import Images
from flows.study.model import Model
from flows.study.space import Space
from flows.study.text_files import BadTextFileError
from flows.study.vocabulary import CLASS_GROUP, vocabulary
from flows.terminal.lists import listed


@dataclass(frozen=True)
class Sections:
    """The sections of a study file that are right by themselves; None of the others.

    Attributes
    ----------
    model_ids
        Those of all models that have one, right or not.
    has_concepts
        Whether the file has that section, right or not.
    """

    images: Images | None
    space: Space | None
    models: list[Model]
    model_ids: list[str]
    concepts: Concepts | None
    has_concepts: bool
    translator: Translator | None

    def problems(self, *, random_weights: bool) -> list[str]:
        """What is wrong across them, a sentence each."""
        found = _repeated_ids(self.model_ids)
        if self.concepts:
            found += _vocabulary_problems(self.concepts)
        if self.images:
            found += _class_list_problems(self.images, self.models)
            found += _array_problems(self.images, self.space, self.models)
        if self.space:
            found += _text_problems(self.space, self.concepts, self.has_concepts)
        if self.translator and not random_weights:
            found += _translator_problems(self.translator, self.models)
        return found


def _repeated_ids(model_ids: list[str]) -> list[str]:
    # Ids name files, and some file systems do not tell case apart.
    return [
        f"models: two models have the id {repeated!r}; give each its own"
        for repeated in _repeated(name.lower() for name in model_ids)
    ]


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, n in Counter(names).items() if n > 1)


def _why(error: Exception) -> str:
    return f"cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)


def _vocabulary_problems(concepts: Concepts) -> list[str]:
    try:
        pairs = vocabulary(concepts)
    except (BadTextFileError, OSError) as error:
        return [f"concepts.file: {concepts.file} {_why(error)}"]
    problems = []
    if not pairs:
        problems.append(f"concepts.file: {concepts.file} holds no phrase; need one a line")
    if any(not phrase for _, phrase in pairs):
        problems.append(f"concepts.file: {concepts.file} has a group without a phrase")
    if any(group == CLASS_GROUP for group, _ in pairs):
        problems.append(
            f"concepts.file: {concepts.file} has a group {CLASS_GROUP!r}, which is what the "
            "study's own classes are called; give it another name"
        )
    if repeated := sorted({phrase for (_, phrase), n in Counter(pairs).items() if n > 1}):
        problems.append(f"concepts.file: {concepts.file} has {listed(repeated)} more than once")
    return problems


def _class_list_problems(images: Images, models: list[Model]) -> list[str]:
    """Return what is wrong with a list of classes, held against the folders and heads."""
    from sing_core.networks.heads import head_classes
    from sing_core.networks.weights import BadWeightsError

    try:
        classes = given_classes(images)
    except (BadTextFileError, OSError) as error:
        return [f"images.class_names: {images.class_names} {_why(error)}"]
    if classes is None:
        return []
    problems = []
    if repeated := _repeated(map(same_form, classes.folders)):
        problems.append(f"images.class_names: {listed(repeated)} stand there more than once")
    try:
        chosen_folders(images, classes)
    except ValueError as error:
        problems.append(str(error))
    for model in models:
        if any(path and not path.exists() for path in (model.checkpoint, model.head)):
            continue  # a rehearsal does without
        try:
            outputs = head_classes(
                model.name,
                checkpoint=model.checkpoint,
                checkpoint_key=model.checkpoint_key,
                head=model.head,
            )
        except BadWeightsError as error:
            problems.append(f"models.{model.id}: {error}")
            continue
        if outputs is not None and outputs != len(classes.names):
            problems.append(
                f"images.class_names: {images.class_names} has {len(classes.names)} names, but the "
                f"head of models.{model.id} has {outputs} classes; need one name a class, in the "
                "head's order"
            )
    return problems


def _array_problems(images: Images, space: Space | None, models: list[Model]) -> list[str]:
    """Return which arrays and networks do not go with the kind of items that the study has."""
    if images.table is not None:
        problems = [
            f"models.{model.id}: timm = {model.timm!r} looks at pictures, but images.table has "
            "none; give features and head, or images.root"
            for model in models
            if model.timm is not None
        ]
        if space and space.model is not None:
            problems.append(
                f"space.model: {space.model} looks at pictures, but images.table has none; give "
                "embeddings and class_texts, or images.root"
            )
    else:
        arrays = {f"models.{model.id}.features": model.features for model in models}
        arrays["space.embeddings"] = space.embeddings if space else None
        problems = [
            f"{key}: {array} does not say which picture a row belongs to; need .parquet with the "
            "pictures' paths as column id, or images.table"
            for key, array in arrays.items()
            if array is not None and not array.has_ids
        ]
    texts = space.class_texts if space else None
    if texts is not None and not texts.has_ids and images.class_names is None:
        problems.append(
            f"space.class_texts: {texts} does not say which class a row belongs to; name the "
            "classes in its order as images.class_names, or give .parquet with their names as "
            "column id"
        )
    return problems


def _translator_problems(translator: Translator, models: list[Model]) -> list[str]:
    if translator.file is None:
        return []
    if len(models) > 1 and "{model}" not in translator.file:
        return [
            f"translator.file: {translator.file} is one file for {len(models)} models, whose "
            "features differ; put {model} where their ids stand"
        ]
    files = [translator.file_of(model.id) for model in models]
    return [
        f"translator.file: {file} does not exist; need a translator of every model"
        for file in files
        if file is not None and not file.is_file()
    ]


def _text_problems(space: Space, concepts: Concepts | None, has_concepts: bool) -> list[str]:
    if space.model is not None:
        return []
    problems = []
    if has_concepts and space.concept_texts is None:
        problems.append(
            "space.concept_texts is missing: a space of arrays cannot embed the phrases of "
            "concepts.file; give their embeddings"
        )
    if not has_concepts and space.concept_texts is not None:
        problems.append("concepts is missing: space.concept_texts are of the phrases in its file")
    if concepts and "templates" in concepts.model_fields_set:
        problems.append(
            "concepts.templates do not go with space.embeddings, whose texts are embedded already"
        )
    return problems
