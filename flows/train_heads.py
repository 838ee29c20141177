"""Validate a translator: do linear heads read the classes from it as well as from the features?"""

import numpy as np

from flows.decompose_heads import spaces_of
from flows.fit_translators import load_translator, parts_of
from flows.linear_readers import read_off
from flows.prepare_models import Head
from flows.runs import Inputs
from warehouse import parquet
from warehouse.layout import DataRoot


def train_heads(inputs: Inputs, head: Head, run_id: str, root: DataRoot) -> None:
    """Train heads on principal features before and after translation, and store their accuracy.

    At once if done before. The paper's check of its translators: accuracies
    before and after correlate over models (0.972).
    """
    model = head.about.model
    table = root.table(run_id, "translator_heads", model)
    if table.exists():
        return
    parts = parts_of(inputs.study, inputs.images)
    spaces, translator = (
        spaces_of(head, run_id, root),
        load_translator(run_id, model, root),
    )
    n_classes = len(inputs.manifest.class_names)

    def indicators(ids: list[str]) -> np.ndarray:
        return np.eye(n_classes)[[parts[i][1] for i in ids]]

    to_space = (translator.weight @ spaces.principal).T

    def views(x: np.ndarray) -> dict[str, np.ndarray]:
        principal = x @ spaces.principal
        return {"principal": principal, "translated": principal @ to_space + translator.bias}

    found = read_off(inputs, head, views, indicators, root)
    sides = [side for side, _ in parts.values()]
    accuracy = {
        name: float((guess.argmax(1) == truth.argmax(1)).mean()) if len(truth) else None
        for name, (guess, truth) in found.items()
    }
    parquet.write(
        table,
        parquet.table(
            "translator_heads",
            {
                "run_id": run_id,
                "model": model,
                "n_fit": len(sides) - sides.count("holdout"),
                "n_holdout": sides.count("holdout"),
                "top1_principal": accuracy["principal"],
                "top1_translated": accuracy["translated"],
            },
        ),
    )
