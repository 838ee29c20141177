"""Score a phrase that a run's vocabulary need not have, over the run's stored features."""

from typing import Any

import numpy as np

from flows.questions.asked_texts import phrase_text
from flows.questions.published_run import PublishedRun
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import progress
from sing_core.scores.concept_summary import ConceptSummary
from sing_core.scores.pairs import PairScorer
from warehouse import schema
from warehouse.layout import DataRoot
from warehouse.stored import parquet

#: Pictures scored at once: some MB, whatever the size of the stored shards.
_AT_ONCE = 1024


def score_phrase(
    run_id: str, text: str, root: DataRoot, *, model: str | None = None
) -> list[dict[str, Any]]:
    """One row a model and class: what table ``concept_scores`` would hold of a phrase.

    Parameters
    ----------
    text
        A phrase of the run's vocabulary, whose stored embedding is taken, or any
        other, which the run's space embeds as the vocabulary's are.
    model
        One model; all that the run scored by default.

    Raises
    ------
    UnknownModelError
        If the run has no scores of that model.
    """
    run = PublishedRun.named(run_id, root)
    if model is not None:
        run.require_model(model)
    embedding = phrase_text(run, text.strip())
    models = run.models if model is None else [model]
    return [row for name in models for row in score_embedding(run, run.model(name), embedding)]


def score_embedding(
    run: PublishedRun, model: StoredModel, embedding: np.ndarray
) -> list[dict[str, Any]]:
    """One row a class: the shifts of one model's pictures towards an embedded phrase.

    With the columns that the table generates, ``differs_from_control`` among them, by its own SQL.
    ``p_adjusted`` is over these rows, as if the vocabulary had no other phrase.
    """
    class_texts, _ = run.texts()
    scorer = PairScorer(
        *model.head, model.spaces, model.translator, class_texts, embedding[None],
        seed=run.config["analysis"]["seed"],
    )  # fmt: skip
    class_of, summary = run.class_of, ConceptSummary(len(class_texts), 1)
    with progress(f"scoring {model.id}", len(class_of), "pictures") as advance:
        for ids, x in model.features.shards(class_of, _AT_ONCE):
            class_index = np.array([class_of[i] for i in ids], dtype=np.int64)
            # As in a run: each picture's control is known by its id alone.
            control = np.array([int(i, 16) for i in ids], dtype=np.uint64)
            scores = scorer.score(x, class_index, control)
            summary.add(
                class_index,
                scores.concept_original_deg,
                scores.concept_equivalent_deg,
                scores.concept_control_deg,
            )
            advance(len(ids))
    run_columns = {"run_id": run.run_id, "model": model.id}
    rows = parquet.table("concept_scores", {**run_columns, **summary.result()})
    return [
        {
            "model": row.pop("model"),
            "class_index": row["class_index"],
            "class_name": run.class_names[row.pop("class_index")],
            **{key: value for key, value in row.items() if key not in ("run_id", "concept_id")},
        }
        for row in schema.as_published("concept_scores", rows).to_pylist()
    ]
