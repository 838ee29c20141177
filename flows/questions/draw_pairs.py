"""Draw pictures of translated features beside those of their equivalents, from a published run."""

import csv
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from PIL import Image

from flows.questions.published_run import PublishedRun
from flows.study.study import Study
from flows.terminal.lists import listed
from flows.terminal.progress import progress
from sing_core.geometry.equivalent_pairs import remove_null
from sing_core.networks.synthesis import load_decoder, match_norm
from warehouse.files import whole
from warehouse.layout import DataRoot

#: Beside the pictures: what each shows.
CAPTIONS = "captions.csv"


class UnknownImagesError(ValueError):
    """Pictures that are not in the run."""

    exit_code = 2


@dataclass(frozen=True)
class Caption:
    """What a drawn pair shows: left the feature of an image, right its equivalent.

    ``seed`` is the noise that both were drawn from. The columns are those of
    tables images and image_scores.
    """

    file: str
    model: str
    path: str
    class_name: str
    predicted_class: str
    as_deg: float | None
    is_deg: float | None
    seed: int


def draw_pairs(
    study: Study, images: list[str], out: Path, decoder: str, seed: int, root: DataRoot
) -> list[Caption]:
    """Draw each image's pair for every scored model, side by side, and write down which is which.

    Parameters
    ----------
    images
        Paths as in table ``images``.
    decoder
        A folder or a hub's name, see :func:`sing_core.networks.synthesis.load_decoder`.

    Raises
    ------
    UnknownImagesError
        If the study's newest published run has no such image.
    SynthesisError
        If there is no such decoder, or it is of another space.
    """
    run = PublishedRun.named(study.name, root)
    run_id = run.run_id
    rows = run.ask("pair_captions", paths=images).to_pylist()
    missing = sorted(set(images) - {row["path"] for row in rows})
    if missing:
        raise UnknownImagesError(
            f"{run_id} has no scores of {listed(missing)}; need paths as in column path of "
            "table images"
        )
    loaded = load_decoder(decoder)
    captions = []
    with progress("drawing pairs", len(rows), "pairs") as advance:
        for model in sorted({row["model"] for row in rows}):
            mine = [row for row in rows if row["model"] == model]
            pairs = _pairs(run, model, [row["image_id"] for row in mine])
            for row, original, equivalent in zip(mine, *pairs, strict=True):
                pair = [loaded.draw(embedding, seed) for embedding in (original, equivalent)]
                name = f"{model}-{row.pop('image_id')}.png"
                with whole(out / name) as draft:
                    _side_by_side(*pair).save(draft, format="PNG")
                captions.append(Caption(file=name, seed=seed, **row))
                advance(1)
    with whole(out / CAPTIONS) as draft, draft.open("w", newline="") as file:
        table = csv.DictWriter(file, [field.name for field in fields(Caption)])
        table.writeheader()
        table.writerows(asdict(caption) for caption in captions)
    return captions


def _pairs(run: PublishedRun, model: str, ids: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Translated features and their equivalents, equally long."""
    stored = run.model(model)
    features = stored.features.take(ids)
    originals = stored.translator(features)
    equivalents = stored.translator(remove_null(features, stored.spaces))
    return originals, match_norm(equivalents, originals)


def _side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    both = Image.new("RGB", (left.width + right.width, left.height))
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both
