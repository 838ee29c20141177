"""Cure a model of a study: find a head, measure it, store what came out, and write the head."""

from pathlib import Path
from typing import Any

import numpy as np

from flows.cures.found import CannotCureError, Found, Wish, find, in_features
from flows.cures.measure import Measured, measure
from flows.pipeline import extract, find_inputs, run_study
from flows.runs.extracted import ExtractedRun
from flows.runs.publish import publish_changed
from flows.runs.readable import Readable
from flows.runs.stored_model import StoredModel
from flows.runs.which_run import choose_run
from flows.study.study import Study
from flows.terminal.lists import listed
from flows.terminal.progress import progress
from warehouse.digests import sha256
from warehouse.layout import DataRoot
from warehouse.stored import tensors

_TABLES = ("cure_classes", "cure_curves", "cure_flips", "cures")


class WorseHeadError(RuntimeError):
    """A head that names fewer of the validation pictures than the one before."""

    exit_code = 1


def cure(
    study: Study, model: str, wish: Wish, out: Path, root: DataRoot, *, anyway: bool = False
) -> dict[str, Any]:
    """Cure a model of a study, which is run first if it was not.

    Parameters
    ----------
    out
        Where the head goes, as a file that a study takes as ``head``.
    anyway
        Write it although it names fewer of the validation pictures.

    Returns
    -------
    dict
        The row of table ``cures``.

    Raises
    ------
    CannotCureError
        If the study lacks what the cure is made of.
    WorseHeadError
        If the head is worse on the validation pictures; what was measured is stored, no head is
        written.
    """
    run_id = run_study(study, root).run_id
    with root.writing(f"sing cure {study.name}"):
        inputs = find_inputs(study, root)
        if (run_id, True) != choose_run(inputs, root):
            raise RuntimeError(f"{run_id} changed while it was cured; run the command again")
        prepared = [one for one in inputs.models if one.id == model]
        if not prepared:
            known = listed([one.id for one in inputs.models])
            raise CannotCureError(f"the study has no model {model!r}; known: {known}")
        run = extract(inputs, prepared, run_id, root)
        stored = run.model(prepared[0])
        if not stored.table("readouts").exists():
            raise CannotCureError(
                f"nothing was read off {model}: a cure needs its scores, and pictures to fit on, "
                "to choose by and held out; see translator.holdout"
            )
        found, measured = _carry_out(run, stored, wish)
        head = in_features(found.after, Readable.of(run, stored))
        is_worse = found.accuracy_after < found.accuracy_before
        row: dict[str, Any] = {
            "cure": wish.name,
            "kind": wish.kind,
            "concept_group": wish.group,
            **measured.cure,
        }
        row["head_sha256"] = None
        if anyway or not is_worse:
            arrays = {"weight": head.weight, "bias": head.bias}
            tensors.write(
                out,
                {name: array.astype(np.float32) for name, array in arrays.items()},
                {"model": model, "cure": wish.name, "run_id": run_id},
            )
            row["head_sha256"] = sha256(out)
        _store(stored, row, measured)
        publish_changed(run_id, _TABLES, root)
    if is_worse and not anyway:
        raise WorseHeadError(
            f"{out} is not written: of the validation pictures the new head names "
            f"{found.accuracy_after:.1%} right, the old one {found.accuracy_before:.1%}; what was "
            "measured is stored (table cures), and --anyway writes the head all the same"
        )
    return row


def _carry_out(run: ExtractedRun, model: StoredModel, wish: Wish) -> tuple[Found, Measured]:
    readable = Readable.of(run, model)
    with progress(f"finding a head of {model.id}", len(run.images), "pictures") as advance:
        found = find(readable, wish, advance)
    n = run.parts.count("holdout")
    with progress(f"measuring {wish.name} of {model.id}", n, "pictures") as advance:
        return found, measure(readable, found, advance)


def _store(model: StoredModel, row: dict[str, Any], measured: Measured) -> None:
    """Store a cure's rows beside those of other cures of the model."""
    named = {"cure": row["cure"]}
    rows = {
        "cure_classes": measured.classes,
        "cure_curves": measured.curve,
        "cure_flips": measured.flips,
        "cures": [row],
    }
    for table in _TABLES:
        kept = []
        if model.table(table).exists():
            kept = [old for old in model.rows(table).to_pylist() if old["cure"] != row["cure"]]
        kept = [{k: v for k, v in old.items() if k not in ("run_id", "model")} for old in kept]
        model.write_rows(table, [*kept, *({**one, **named} for one in rows[table])])
