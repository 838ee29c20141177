"""Score null removal for one model: images, phrases, classes, and the model itself."""

from typing import Any

import numpy as np
import pyarrow as pa

from flows.fit_translators import load_translator
from flows.prepare_models import Head
from flows.progress import progress
from flows.runs import Inputs
from sing_core.scores import PairScorer, PairScores
from sing_core.summaries import ConceptSummary, class_summary, model_summary, ratio_of_medians
from warehouse import parquet
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder


def score_pairs(inputs: Inputs, head: Head, n_models: int, run_id: str, root: DataRoot) -> None:
    """Score every picture of one model and store all its tables; at once if done before.

    Parameters
    ----------
    n_models
        How many models share ``analysis.max_image_concept_rows``.
    """
    model = head.about.model
    last = root.table(run_id, "model_scores", model)
    if last.exists():
        return
    spaces = head.decompose(inputs.study.null_space)
    class_texts, concept_texts = inputs.texts.arrays()
    scorer = PairScorer(
        *head.arrays(), spaces, load_translator(run_id, model, root), class_texts, concept_texts,
        seed=inputs.study.analysis.seed,
    )  # fmt: skip
    features = VectorFolder(inputs.features(head, root).folder)
    images = inputs.images
    class_of = dict(zip(images["image_id"], images["class_index"], strict=True))
    kept, n_concepts = inputs.phrases_kept(n_models)
    concepts = ConceptSummary(len(class_texts), n_concepts)
    names = _head_classes(inputs, head)
    columns: dict[str, list[Any]] = {
        name: [] for name in ("id", "class", "as", "is", "energy", "control_as", "control_is")
    }
    with (
        parquet.streaming(root.table(run_id, "image_scores", model), "image_scores") as per_image,
        parquet.streaming(
            root.table(run_id, "image_concept_scores", model), "image_concept_scores"
        ) as per_phrase,
        progress(f"scoring {model}", len(images), "pictures") as advance,
    ):
        for ids, x in features.shards(class_of, rows_at_once(n_concepts)):
            class_index = np.array([class_of[i] for i in ids], dtype=np.int64)
            # By the id alone: which shard an image is in must not matter.
            control = np.array([int(i, 16) % 2**32 for i in ids], dtype=np.int64)
            scores = scorer.score(x, class_index, control)
            run = {"run_id": run_id, "model": model}
            per_image.write_table(_image_rows(run, ids, class_index, names, scores))
            if kept:
                per_phrase.write_table(_phrase_rows(run, ids, scores, kept))
            concepts.add(class_index, scores.concept_original_deg, scores.concept_equivalent_deg)
            columns["id"].append(ids)
            columns["class"].append(class_index)
            columns["as"].append(scores.as_deg)
            columns["is"].append(scores.is_deg)
            columns["energy"].append(scores.null_energy)
            columns["control_as"].append(scores.control_as_deg)
            columns["control_is"].append(scores.control_is_deg)
            advance(len(scores.as_deg))
    _store_aggregates(inputs, head, spaces.null_dim, run_id, root, concepts, columns)


#: Angles to texts that are held at once: bounds the memory for large vocabularies.
_ANGLES_AT_ONCE = 2_000_000


def rows_at_once(n_texts: int) -> int:
    """How many pictures' angles to so many texts are held at once."""
    return max(1, _ANGLES_AT_ONCE // max(1, n_texts))


def _image_rows(
    run: dict[str, str],
    ids: list[str],
    class_index: np.ndarray,
    names: list[str],
    scores: PairScores,
) -> pa.Table:
    return parquet.table(
        "image_scores",
        {
            **run,
            "image_id": ids,
            "class_index": class_index,
            "predicted_class": [names[i] for i in scores.predicted_index],
            "as_deg": scores.as_deg,
            "is_deg": scores.is_deg,
            "angle_original_deg": scores.angle_original_deg,
            "angle_equivalent_deg": scores.angle_equivalent_deg,
            "null_energy": scores.null_energy,
            "max_abs_logit_drift": scores.max_abs_logit_drift,
        },
    )


def _phrase_rows(run: dict[str, str], ids: list[str], scores: PairScores, kept: int) -> pa.Table:
    shift = scores.concept_original_deg - scores.concept_equivalent_deg
    n_concepts = shift.shape[1]
    if kept < n_concepts:
        # NaN sorts last in an ascending order of -|AS|: undefined phrases are dropped first.
        strongest = np.argsort(-np.abs(shift), axis=1, kind="stable")[:, :kept]
        concept_id = np.sort(strongest, axis=1)
    else:
        concept_id = np.broadcast_to(np.arange(n_concepts), shift.shape)
    take = np.take_along_axis
    return parquet.table(
        "image_concept_scores",
        {
            **run,
            "image_id": pa.array(ids).take(np.repeat(np.arange(len(ids)), kept)),
            "concept_id": concept_id.reshape(-1),
            "angle_original_deg": take(scores.concept_original_deg, concept_id, 1).reshape(-1),
            "as_deg": take(shift, concept_id, 1).reshape(-1),
        },
    )


def _store_aggregates(
    inputs: Inputs,
    head: Head,
    null_dim: int,
    run_id: str,
    root: DataRoot,
    concepts: ConceptSummary,
    columns: dict[str, list[Any]],
) -> None:
    model, analysis = head.about.model, inputs.study.analysis
    run: dict[str, Any] = {"run_id": run_id, "model": model}
    resampling = {"draws": analysis.bootstrap_draws, "seed": analysis.seed}
    image_id, *values = (np.concatenate(part) for part in columns.values())
    # In an order of their own: bootstrap draws must not depend on which shard a picture is in.
    order = np.argsort(image_id)
    class_index, as_deg, is_deg, energy, *control = (column[order] for column in values)
    classes = class_summary(class_index, as_deg, is_deg, **resampling)
    rows = {name: classes[name].to_numpy() for name in classes.columns}
    class_names = [inputs.manifest.class_names[i] for i in rows["class_index"]]
    parquet.write(
        root.table(run_id, "class_scores", model),
        parquet.table("class_scores", {**run, "class_name": class_names, **rows}),
    )
    parquet.write(
        root.table(run_id, "concept_scores", model),
        parquet.table("concept_scores", {**run, **concepts.result()}),
    )
    figures = model_summary(class_index, as_deg, is_deg, energy, **resampling)
    figures["control_ratio"] = ratio_of_medians(*control)
    parquet.write(
        root.table(run_id, "model_scores", model),
        parquet.table("model_scores", {**run, **figures, "null_dim": null_dim}),
    )


def _head_classes(inputs: Inputs, head: Head) -> list[str]:
    """Names of the head's own classes, in its order.

    The study's where it lists them, or has a folder a class; else ImageNet's, by
    timm, where the number of classes says so; else numbers.
    """
    names = inputs.manifest.class_names
    if inputs.manifest.heads_classes or len(names) == head.about.n_classes:
        return names
    from timm.data import ImageNetInfo, infer_imagenet_subset

    subset = infer_imagenet_subset({"num_classes": head.about.n_classes})
    if subset:
        info = ImageNetInfo(subset)
        return [info.index_to_description(i).split(",")[0] for i in range(info.num_classes())]
    return [f"class {i}" for i in range(head.about.n_classes)]
