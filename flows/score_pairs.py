"""Score null removal for one model: images, phrases, classes, and the model itself."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from flows.cautions import cautions
from flows.decompose_heads import head_class_names, spaces_of
from flows.fit_translators import load_translator
from flows.prepare_models import Head
from flows.progress import progress
from flows.runs import Inputs
from sing_core.null_space import HeadDecomposition
from sing_core.scores import PairScorer, PairScores
from sing_core.summaries import (
    ConceptSummary,
    class_summary,
    model_summary,
    place_in_class,
)
from warehouse import parquet
from warehouse.files import whole
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
    spaces = spaces_of(head, run_id, root)
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
    names = head_class_names(inputs.manifest, head)
    found: list[tuple[list[str], np.ndarray, PairScores]] = []
    spread = _Spread(head.about.n_features)
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
            control = np.array([int(i, 16) for i in ids], dtype=np.uint64)
            scores = scorer.score(x, class_index, control)
            run = {"run_id": run_id, "model": model}
            per_image.write_table(_image_rows(run, ids, class_index, names, scores))
            if kept:
                per_phrase.write_table(_phrase_rows(run, ids, scores, kept))
            concepts.add(
                class_index,
                scores.concept_original_deg,
                scores.concept_equivalent_deg,
                scores.concept_control_deg,
            )
            spread.add(x, scores.null_energy)
            found.append((ids, class_index, scores.without_concepts()))
            advance(len(ids))
    with whole(root.mean_feature(run_id, model)) as draft, draft.open("wb") as file:
        np.save(file, spread.mean)
    null_variance_share = spread.null_share(spaces)
    _store_aggregates(inputs, head, run_id, root, concepts, found, null_variance_share)


def mean_feature(run_id: str, model: str, root: DataRoot) -> np.ndarray:
    """The mean of all features of a model that was scored (m, float64)."""
    return np.asarray(np.load(root.mean_feature(run_id, model)))


@dataclass
class _Spread:
    """Sums from which follows how much of the features' variance is in the null space."""

    n_features: int

    def __post_init__(self) -> None:
        self.n, self.squares, self.null_squares = 0, 0.0, 0.0
        self.total = np.zeros(self.n_features)

    def add(self, features: np.ndarray, null_energy: np.ndarray) -> None:
        features = features.astype(np.float64)
        squares = np.square(features).sum(axis=1)
        self.n += len(features)
        self.total += features.sum(axis=0)
        self.squares += float(squares.sum())
        self.null_squares += float(np.nansum(squares * null_energy))

    @property
    def mean(self) -> np.ndarray:
        return self.total / self.n

    def null_share(self, spaces: HeadDecomposition) -> float:
        mean = self.mean
        whole = self.squares - self.n * float(mean @ mean)
        null = self.null_squares - self.n * float(np.square(mean @ spaces.null).sum())
        return null / whole if whole > 0 else float("nan")


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
    run_id: str,
    root: DataRoot,
    concepts: ConceptSummary,
    found: list[tuple[list[str], np.ndarray, PairScores]],
    null_variance_share: float,
) -> None:
    model, analysis = head.about.model, inputs.study.analysis
    run: dict[str, Any] = {"run_id": run_id, "model": model}
    resampling = {"draws": analysis.bootstrap_draws, "seed": analysis.seed}
    ids = np.concatenate([ids for ids, _, _ in found])
    # In an order of their own: bootstrap draws must not depend on which shard a picture is in.
    order = np.argsort(ids)

    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(scores, name) for _, _, scores in found])[order]

    ids, class_index = ids[order], np.concatenate([index for _, index, _ in found])[order]
    as_deg, is_deg, energy = column("as_deg"), column("is_deg"), column("null_energy")
    rows = class_summary(class_index, as_deg, is_deg, **resampling)
    class_names = [inputs.manifest.class_names[i] for i in rows["class_index"]]
    columns = {name: rows[name].to_numpy() for name in rows.columns}
    ranks = place_in_class(class_index, as_deg, is_deg)
    split = dict(inputs.images.select("image_id", "split").iter_rows())
    fit = np.sort(energy[[split[i] == "fit" for i in ids] & np.isfinite(energy)])
    fuller = 100 * np.searchsorted(fit, energy, side="right") / max(1, len(fit))
    tables = {
        "class_scores": {"class_name": class_names, **columns},
        "concept_scores": concepts.result(),
        "image_ranks": {
            "image_id": ids,
            **{name: ranks[name].to_numpy() for name in ranks.columns},
            "energy_percentile": np.where(np.isfinite(energy), fuller, np.nan),
        },
    }
    for name, values in tables.items():
        parquet.write(root.table(run_id, name, model), parquet.table(name, {**run, **values}))
    figures = model_summary(
        class_index, as_deg, is_deg, energy, column("control_as_deg"), column("control_is_deg"),
        **resampling,
    )  # fmt: skip
    drift = column("max_abs_logit_drift")
    figures |= {
        "null_variance_share": null_variance_share,
        "logit_drift_q99": float(np.quantile(drift, 0.99)),
        "logit_drift_max": float(drift.max()),
        "kl_mean": float(column("kl").mean()),
        "flipped_share": float(column("flipped").mean()),
    }
    described = parquet.read_row(root.table(run_id, "models", model))
    fitted = parquet.read_row(root.table(run_id, "translators", model))
    parquet.write(
        root.table(run_id, "model_scores", model),
        parquet.table(
            "model_scores",
            {
                **run,
                **figures,
                "null_dim": described["null_dim"],
                "warnings": "; ".join(cautions(described, fitted, figures)) or None,
            },
        ),
    )
