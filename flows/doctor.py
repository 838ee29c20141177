"""What each head of a study can and cannot see, before anything is extracted."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flows.analyses.decompose_heads import Decomposed, decompose
from flows.features.heads import prepare_model
from flows.features.prepared_model import PreparedModel
from flows.pictures.draw_scenes import draw_first_scenes, drawn
from flows.pictures.find_images import find_images
from flows.pictures.manifest import Manifest
from flows.study.analysis import NullSpace
from flows.study.study import Study
from sing_core.geometry.null_space import seen_weight
from sing_core.geometry.rank_rules import rank_of
from warehouse.layout import DataRoot, LockedError, NoFolderError


def examine(study: Study, root: DataRoot, *, values: bool = False) -> list[dict[str, Any]]:
    """One row a model: rank, null space, what bounds them, which modes are possible, its input.

    With ``values``, all singular values and the cut too.
    """
    with _workplace(study, root) as place, _pictures(study, place) as manifest:
        rows = []
        for model in study.models:
            prepared = prepare_model(model, manifest, place)
            # Where a rule is measured on pictures, that is later; until then the head is exact.
            rule = NullSpace() if study.null_space.is_measured else study.null_space
            found = decompose(prepared, rule, manifest.classes)
            spaces = found.spaces
            rows.append(
                {
                    "model": prepared.id,
                    "architecture": prepared.architecture,
                    "classes": prepared.n_classes,
                    "features": prepared.n_features,
                    "rank": spaces.rank,
                    "null_dim": spaces.null_dim,
                    "null_share": spaces.null_dim / prepared.n_features,
                    "sigma_max": spaces.sigma_max,
                    "sigma_rank": spaces.sigma_rank,
                    "sigma_next": spaces.sigma_next,
                    "storage_dtype": prepared.storage_dtype,
                    "logit_proof": prepared.logit_proof_max_abs,
                    "modes": ", ".join(_modes(prepared, rule, found)),
                    "analyzable": found.is_analyzable or study.null_space.is_measured,
                    "note": _note(study.null_space, found),
                    "preprocessing": prepared.preprocessing,
                    "weights_entry": prepared.weights_entry or None,
                }
            )
            if values:
                rows[-1]["sigma_cutoff"] = spaces.cutoff
                rows[-1]["singular_values"] = spaces.singular_values.tolist()
        return rows


def speed(study: Study, root: DataRoot) -> dict[str, Any]:
    """Pictures a second of each stage of extraction on this machine, of the whole, and advice."""
    # Its libraries take seconds to import, which the other questions have no need of.
    from flows.extraction import measure_speed as measured
    from flows.features.networks import NoNetworkError
    from flows.features.sources import sources_of
    from flows.features.texts import embed_texts
    from flows.study.vocabulary import vocabulary
    from sing_core.machine.cores import n_cores
    from sing_core.machine.device import name_of_device

    with _workplace(study, root) as place, _pictures(study, place) as manifest:
        models = [prepare_model(model, manifest, place) for model in study.models]
        texts = embed_texts(study, manifest, [*vocabulary(study.concepts), *manifest.tags], place)
        sources = sources_of(study, manifest, models, texts, place)
        if all(source.array is not None for source in sources):
            raise NoNetworkError(
                "everything in the study is given as arrays, so nothing is extracted; need a model "
                "of timm's or a space of open_clip's to time"
            )
        rows = measured.measure_speed(manifest, sources)
        rate = measured.whole(rows, "float32")
        shapes = study.images.shapes
        n = shapes.n if shapes is not None else len(manifest.images)
        return {
            "machine": f"{n_cores()} cores, {name_of_device()}",
            "products_gflop_per_s": measured.products_per_s(),
            "stages": [asdict(row) for row in rows],
            "pictures_per_s": rate,
            "pictures": n,
            "seconds": n / rate,
            "advice": measured.advice(rows, study.analysis.precision_budget_deg),
        }


@contextmanager
def _workplace(study: Study, root: DataRoot) -> Iterator[DataRoot]:
    """The data root; a temporary one where another works in it, or nobody may write to it."""
    with ExitStack() as stack:
        try:
            stack.enter_context(root.writing(f"sing doctor {study.name}"))
            place = root
        except (LockedError, NoFolderError, OSError):
            temporary = TemporaryDirectory(prefix="sing-doctor-")
            place = DataRoot(Path(stack.enter_context(temporary)))
        yield place


@contextmanager
def _pictures(study: Study, root: DataRoot) -> Iterator[Manifest]:
    """The study's pictures; of a made world that is not drawn yet, the first of each class."""
    shapes = study.images.shapes
    if shapes is None or drawn(shapes, root).exists():
        yield find_images(study, root)
        return
    with TemporaryDirectory(prefix="sing-doctor-") as folder:
        elsewhere = DataRoot(Path(folder))
        draw_first_scenes(shapes, elsewhere)
        yield find_images(study, elsewhere)


def _note(rule: NullSpace, found: Decomposed) -> str | None:
    if rule.is_measured:
        return f"where to cut is measured on pictures when the study runs: {rule.rule}"
    return found.message


def _modes(model: PreparedModel, rule: NullSpace, found: Decomposed) -> list[str]:
    """Modes that the head allows: the study's own as found, the other by singular values alone."""
    weight, _ = model.head()
    modes = []
    for mode in ("exact", "softmax"):
        if rule == NullSpace(mode=mode):
            rank = found.spaces.rank
        else:
            rank = rank_of(seen_weight(weight, mode, ()), model.storage_dtype)
        if 0 < rank < model.n_features:
            modes.append(mode)
    # Any cut is an approximation, and any few classes leave something unseen.
    return [*modes, "approx", "classes"]
