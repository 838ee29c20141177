"""Validate a translator: do linear heads read the classes from it as well as from the features?"""

import numpy as np
from scipy import sparse

from flows.runs.analysis import Analysis
from flows.runs.extracted import ExtractedRun
from flows.runs.linear_readers import held_out, read_off
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

    views = {"principal": model.spaces.principal}
    into_space = (model.translator.weight @ views["principal"]).T
    read = read_off(run, model, views, indicators, advance)
    read["translated"] = read["principal"].through(into_space)
    readers = {name: some.reader() for name, some in read.items() if some.can_be_fitted}
    hits, n_seen = dict.fromkeys(readers, 0), 0
    for ids, seen in held_out(run, model, views, advance):
        seen["translated"] = seen["principal"] @ into_space
        truth = parts.classes(ids)
        n_seen += len(ids)
        for name, reader in readers.items():
            hits[name] += int((reader(seen[name]).argmax(1) == truth).sum())
    accuracy = {name: hits[name] / n_seen if name in hits and n_seen else None for name in read}
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
    size=lambda run: len(run.images) + run.parts.count("holdout"),
)
