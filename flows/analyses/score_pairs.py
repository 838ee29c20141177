"""Score null removal for one model: images, phrases, classes, and the model itself."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from flows.features.head_classes import head_class_names
from flows.runs.analysis import Analysis
from flows.runs.cautions import cautions
from flows.runs.extracted import ExtractedRun
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance
from sing_core.geometry.angles import rows_at_once
from sing_core.scores.concept_summary import ConceptSummary
from sing_core.scores.pairs import PairScorer, PairScores
from sing_core.scores.spread import FeatureSpread
from sing_core.scores.summaries import (
    class_summary,
    energy_percentile,
    model_summary,
    place_in_class,
    what_removal_does,
)


def score_pairs(run: ExtractedRun, model: StoredModel, advance: Advance) -> None:
    """Score every picture of one model and store all its tables."""
    scorer = PairScorer(
        *model.head, model.spaces, model.translator, run.class_texts, run.concept_texts,
        seed=run.study.analysis.seed,
    )  # fmt: skip
    n_concepts, kept = len(run.concept_texts), run.phrases_kept
    concepts = ConceptSummary(len(run.class_texts), n_concepts)
    names = head_class_names(model.prepared, run.inputs.manifest.classes)
    spread, scored = FeatureSpread(model.prepared.n_features), _Scored()
    with (
        model.streaming("image_scores") as write_images,
        model.streaming("image_concept_scores") as write_phrases,
    ):
        for ids, x in model.features.shards(run.class_of, rows_at_once(n_concepts)):
            class_index = np.array([run.class_of[i] for i in ids], dtype=np.int64)
            # By the id alone: which shard an image is in must not matter.
            control = np.array([int(i, 16) for i in ids], dtype=np.uint64)
            scores = scorer.score(x, class_index, control)
            write_images(_image_rows(ids, class_index, names, scores))
            if kept:
                write_phrases(_phrase_rows(ids, scores, kept))
            concepts.add(
                class_index,
                scores.concept_original_deg,
                scores.concept_equivalent_deg,
                scores.concept_control_deg,
            )
            spread.add(x, scores.null_energy)
            scored.add(ids, class_index, scores)
            advance(len(ids))
    model.save_mean(spread.mean)
    model.write("concept_scores", concepts.result())
    _write_summaries(run, model, scored, spread.null_share(model.spaces))


@dataclass
class _Scored:
    """What is kept of every picture for the summaries: all but the angles to phrases."""

    ids: list[np.ndarray] = field(default_factory=list)
    class_index: list[np.ndarray] = field(default_factory=list)
    scores: list[PairScores] = field(default_factory=list)

    def add(self, ids: list[str], class_index: np.ndarray, scores: PairScores) -> None:
        self.ids.append(np.array(ids))
        self.class_index.append(class_index)
        self.scores.append(scores.without_concepts())

    def in_order(self) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Ids, classes and columns of scores, sorted by id.

        In an order of their own: bootstrap draws must not depend on which shard a picture is in.
        """
        ids = np.concatenate(self.ids)
        order = np.argsort(ids)
        names = (
            "as_deg", "is_deg", "null_energy", "control_as_deg", "control_is_deg",
            "max_abs_logit_drift", "kl", "flipped",
        )  # fmt: skip
        columns = {
            name: np.concatenate([getattr(some, name) for some in self.scores])[order]
            for name in names
        }
        return ids[order], np.concatenate(self.class_index)[order], columns


def _image_rows(
    ids: list[str], class_index: np.ndarray, names: list[str], scores: PairScores
) -> dict[str, Any]:
    return {
        "image_id": ids,
        "class_index": class_index,
        "predicted_class": [names[i] for i in scores.predicted_index],
        "as_deg": scores.as_deg,
        "is_deg": scores.is_deg,
        "angle_original_deg": scores.angle_original_deg,
        "angle_equivalent_deg": scores.angle_equivalent_deg,
        "null_energy": scores.null_energy,
        "max_abs_logit_drift": scores.max_abs_logit_drift,
    }


def _phrase_rows(ids: list[str], scores: PairScores, kept: int) -> dict[str, Any]:
    shift = scores.concept_original_deg - scores.concept_equivalent_deg
    n_concepts = shift.shape[1]
    if kept < n_concepts:
        # NaN sorts last in an ascending order of -|AS|: undefined phrases are dropped first.
        strongest = np.argsort(-np.abs(shift), axis=1, kind="stable")[:, :kept]
        concept_id = np.sort(strongest, axis=1)
    else:
        concept_id = np.broadcast_to(np.arange(n_concepts), shift.shape)
    take = np.take_along_axis
    return {
        "image_id": pa.array(ids).take(np.repeat(np.arange(len(ids)), kept)),
        "concept_id": concept_id.reshape(-1),
        "angle_original_deg": take(scores.concept_original_deg, concept_id, 1).reshape(-1),
        "as_deg": take(shift, concept_id, 1).reshape(-1),
    }


def _write_summaries(
    run: ExtractedRun, model: StoredModel, scored: _Scored, null_variance_share: float
) -> None:
    analysis = run.study.analysis
    ids, class_index, found = scored.in_order()
    as_deg, is_deg, energy = found["as_deg"], found["is_deg"], found["null_energy"]
    draws, seed = analysis.bootstrap_draws, analysis.seed
    rows = class_summary(class_index, as_deg, is_deg, draws=draws, seed=seed)
    class_names = [run.class_names[i] for i in rows["class_index"]]
    columns = {name: rows[name].to_numpy() for name in rows.columns}
    model.write("class_scores", {"class_name": class_names, **columns})
    ranks = place_in_class(class_index, as_deg, is_deg)
    split = dict(run.images.select("image_id", "split").iter_rows())
    is_fit = np.array([split[i] == "fit" for i in ids])
    model.write(
        "image_ranks",
        {
            "image_id": ids,
            **{name: ranks[name].to_numpy() for name in ranks.columns},
            "energy_percentile": energy_percentile(energy, is_fit),
        },
    )
    figures = model_summary(
        class_index, as_deg, is_deg, energy, found["control_as_deg"], found["control_is_deg"],
        draws=draws, seed=seed,
    )  # fmt: skip
    figures |= {"null_variance_share": null_variance_share}
    figures |= what_removal_does(found["max_abs_logit_drift"], found["kl"], found["flipped"])
    described, fitted = model.row("models"), model.row("translators")
    warnings = "; ".join(cautions(described, fitted, figures)) or None
    model.write(
        "model_scores", {**figures, "null_dim": described["null_dim"], "warnings": warnings}
    )


SCORE_PAIRS = Analysis(
    name="scoring null removal",
    # The last is written last.
    leaves=(
        "image_scores", "image_concept_scores", "concept_scores", "class_scores", "image_ranks",
        "model_scores",
    ),
    files=lambda model: (model.mean_file,),
    needs=("models", "translators"),
    carry_out=score_pairs,
)  # fmt: skip
