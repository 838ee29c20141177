"""Validate a translator: do linear heads read the classes from it as well as from the features?"""

import numpy as np
from scipy import sparse

from flows.runs.analysis import Analysis
from flows.runs.extracted import ExtractedRun
from flows.runs.linear_readers import read_off
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance


def check_translator(run: ExtractedRun, model: StoredModel, advance: Advance) -> None:
    """Train heads on principal features before and after translation, and store their accuracy.

    The paper's check of its translators: accuracies before and after correlate
    over models (0.972).
    """
    parts, n_classes = run.parts, len(run.class_names)

    def indicators(ids: list[str]) -> sparse.csr_array:
        place = np.arange(len(ids)), parts.classes(ids)
        return sparse.csr_array((np.ones(len(ids)), place), shape=(len(ids), n_classes))

    principal = model.spaces.principal
    read = read_off(run, model, {"principal": principal}, indicators, advance)
    read["translated"] = read["principal"].through((model.translator.weight @ principal).T)
    accuracy = {
        name: float((some.guess().argmax(1) == some.truth.argmax(1)).mean())
        if some.can_be_fitted
        else None
        for name, some in read.items()
    }
    n_holdout = parts.count("holdout")
    model.write(
        "translator_heads",
        {
            "n_fit": len(parts.ids) - n_holdout,
            "n_holdout": n_holdout,
            "top1_principal": accuracy["principal"],
            "top1_translated": accuracy["translated"],
        },
    )


CHECK_TRANSLATOR = Analysis(
    name="checking the translator",
    leaves=("translator_heads",),
    needs=("models", "translators", "model_scores"),
    carry_out=check_translator,
)
