"""Validate a translator: do linear heads read the classes from it as well as from the features?"""

import numpy as np
from scipy import sparse

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

    def indicators(ids: list[str]) -> sparse.csr_array:
        own = np.array([parts[i][1] for i in ids])
        place = np.arange(len(ids)), own
        return sparse.csr_array((np.ones(len(ids)), place), shape=(len(ids), n_classes))

    views = {"principal": spaces.principal}
    read = read_off(inputs, head, views, indicators, run_id, root)
    read["translated"] = read["principal"].through((translator.weight @ spaces.principal).T)
    sides = [side for side, _ in parts.values()]
    accuracy = {
        name: float((some.guess().argmax(1) == some.truth.argmax(1)).mean())
        if some.can_be_fitted
        else None
        for name, some in read.items()
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
