"""Find the pictures or items of a study, and write down which they are."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.draw_scenes import draw, labels
from flows.list_items import list_items
from flows.progress import progress, say
from flows.study import IMAGENET, Images, Study
from flows.study_file import chosen_folders, class_names
from sing_core.image_folder import (
    FILES,
    SCAN_VERSION,
    image_id,
    list_files,
    look_at,
    sample,
    split,
)
from sing_core.images import UNREADABLE
from warehouse.files import whole
from warehouse.layout import DataRoot


class TooManyRejectedError(RuntimeError):
    """More files than the study allows cannot be used as pictures."""


class ImagesError(RuntimeError):
    """The image folder has no pictures to work with."""


class ClassFoldersError(ImagesError):
    """The image folder's classes are not the study's."""

    exit_code = 2


@dataclass(frozen=True)
class Manifest:
    """The pictures of a run: where they are, what they are, and which side they are on.

    Items without pictures have an id for a path.

    Attributes
    ----------
    images
        ``image_id, path, class_index, class_name, split, width, height, sha256``,
        sorted by path; no width and height of items without pictures.
    rejected
        ``path, reason`` of the files that were refused.
    class_names
        Names of the study's classes, in the order of ``class_index``.
    heads_classes
        Whether these are the head's own classes, in the head's order.
    root
        The pictures' folder; None of items without pictures.
    labels
        ``image_id, concept_group, phrase``: what is known of the pictures beside
        their class. Empty of ordinary pictures.
    items
        Every id of the study's table in its order, which is the order of arrays'
        rows, whatever sample is drawn; None of pictures.
    """

    images: pl.DataFrame
    rejected: pl.DataFrame
    class_names: list[str]
    heads_classes: bool
    root: Path | None
    labels: pl.DataFrame
    items: list[str] | None = None

    @property
    def unit(self) -> str:
        """What one calls them."""
        return "pictures" if self.items is None else "items"

    @property
    def digest(self) -> str:
        """Digest of which pictures these are, whatever their classes."""
        return hashlib.sha256("\n".join(self.images["image_id"]).encode()).hexdigest()


def find_images(study: Study, root: DataRoot) -> Manifest:
    """Find, look at, sample and split the study's pictures.

    Raises
    ------
    ImagesError
        If there are none, or their folders are not the study's classes.
    TooManyRejectedError
        If more than ``images.max_rejected`` of the files cannot be used.
    """
    if study.images.table is not None:
        return _items(study, study.images.table)
    folder = study.images.root or draw(study.images.shapes, root)
    listed, odd = list_files(folder)
    beside = listed.filter(pl.col("folder") == "").select(
        "path", reason=pl.lit("lies beside the class folders, so it has no class")
    )
    listed = listed.filter(pl.col("folder") != "")
    if listed.is_empty():
        raise ImagesError(
            f"no pictures in {folder}; need a folder a class, with pictures in it "
            "(root/class/picture.jpg)"
        )
    classes = _classes(study, f"folders of {folder}", listed)
    if study.images.classes is not None:
        listed, odd = _chosen(study, str(folder), listed, odd, classes)
    seen = _look(study, folder, root, listed)
    refused = seen.filter(pl.col("reason").is_not_null()).select("path", "reason")
    accepted = seen.filter(pl.col("reason").is_null())
    rejected = pl.concat([refused, beside, odd]).sort("path")
    check_rejected(study, len(rejected), len(accepted), next(rejected.iter_rows(), None))
    images = _described(study, accepted, classes)
    return Manifest(images, rejected, *classes[1:], folder, _labels(folder, images))


def find_outside(study: Study, root: DataRoot) -> Manifest | None:
    """Find the study's pictures of another kind, whatever their folders are called; None if none.

    Raises
    ------
    ImagesError, TooManyRejectedError
        As :func:`find_images`.
    """
    outside = study.out_of_distribution
    if outside is None:
        return None
    images = Images(
        root=outside.root, limit=outside.limit, seed=study.images.seed,
        max_rejected=study.images.max_rejected,
    )  # fmt: skip
    try:
        return find_images(study.model_copy(update={"images": images}), root)
    except (ImagesError, TooManyRejectedError) as error:
        error.add_note(f"these are the pictures of out_of_distribution.root, {outside.root}")
        raise


def check_apart(inside: Manifest, outside: Manifest) -> None:
    """Refuse pictures of another kind that are the study's own.

    Raises
    ------
    ImagesError
        If any picture is in both, by its content.
    """
    shared = outside.images.join(inside.images, on="sha256", how="semi")
    if len(shared):
        raise ImagesError(
            f"{len(shared)} of the {len(outside.images)} pictures of out_of_distribution.root are "
            f"pictures of the study itself (the first: {shared['path'][0]}); name another folder"
        )


def _items(study: Study, table: Path) -> Manifest:
    listed = list_items(table)
    classes = _classes(study, f"classes in {table}", listed)
    limits, chosen = study.images, listed
    if limits.classes is not None:
        chosen, _ = _chosen(study, str(table), listed, listed.clear(), classes)
    items = sample(
        chosen, set(), limit=limits.limit, per_class=limits.limit_per_class, seed=limits.seed
    ).with_columns(pl.lit(None, pl.Int64).alias(name) for name in ("width", "height"))
    rejected = pl.DataFrame(schema={"path": pl.String, "reason": pl.String})
    return Manifest(
        images=_described(study, items, classes),
        rejected=rejected,
        class_names=classes[1],
        heads_classes=classes[2],
        root=None,
        labels=_no_labels(),
        items=listed["path"].to_list(),
    )


def _described(
    study: Study, accepted: pl.DataFrame, classes: tuple[list[str], list[str], bool]
) -> pl.DataFrame:
    """Each picture's id, class and side, sorted by path."""
    folders, names, _ = classes
    known = pl.DataFrame(
        {"folder": folders, "class_index": range(len(folders)), "class_name": names},
        schema_overrides={"class_index": pl.Int64},
    )
    accepted = (
        accepted.join(known, on="folder", how="left")
        .with_columns(
            pl.struct("path", "sha256")
            .map_elements(lambda row: image_id(row["path"], row["sha256"]), return_dtype=pl.String)
            .alias("image_id")
        )
        .sort("path")
    )
    fit = study.translator
    return accepted.with_columns(split(accepted, holdout=fit.holdout, seed=fit.seed)).select(
        "image_id", "path", "class_index", "class_name", "split", "width", "height", "sha256"
    )


def check_rejected(
    study: Study, n_rejected: int, n_accepted: int, first: tuple[str, str] | None
) -> None:
    """Raise :class:`TooManyRejectedError` beyond the study's share of unusable files."""
    total = n_rejected + n_accepted
    if first is None or n_rejected <= study.images.max_rejected * total:
        return
    path, reason = first
    raise TooManyRejectedError(
        f"{n_rejected} of {total} picture files cannot be used, more than "
        f"images.max_rejected = {study.images.max_rejected:g} allows (first: {path}: {reason}); "
        "mend or remove them, or allow more"
    )


def _labels(folder: Path, images: pl.DataFrame) -> pl.DataFrame:
    known = labels(folder)
    if known is None:
        return _no_labels()
    named = images.select("path", "image_id").join(known, on="path").drop("path")
    return named.sort("image_id", "concept_group")  # joins keep no order, and runs are keyed by it


def _no_labels() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(("image_id", "concept_group", "phrase"), pl.String))


def _classes(study: Study, where: str, listed: pl.DataFrame) -> tuple[list[str], list[str], bool]:
    """Folders and names of the study's classes in order, and whether they are the head's own."""
    folders = listed["folder"].unique().sort().to_list()
    given = class_names(study.images)
    if given is None:
        return folders, folders, False
    known, names = given
    strange = sorted(set(folders) - set(known))
    if strange:
        what = "WordNet ids of ImageNet" if study.images.class_names == IMAGENET else "class names"
        raise ClassFoldersError(
            f"{len(strange)} {where} are not among the {len(known)} {what} that "
            f"images.class_names gives (first: {strange[0]!r}); name them as the classes are "
            "named, or leave class_names out"
        )
    return known, names, True


def _chosen(
    study: Study,
    where: str,
    listed: pl.DataFrame,
    odd: pl.DataFrame,
    classes: tuple[list[str], list[str], bool],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the files of the classes that the study chose, and what is odd among them."""
    try:
        chosen = chosen_folders(study.images, *classes[:2])
    except ValueError as error:
        raise ClassFoldersError(str(error)) from error
    listed = listed.filter(pl.col("folder").is_in(chosen))
    if listed.is_empty():
        raise ImagesError(
            f"no pictures of the classes that images.classes names in {where}; need some of at "
            "least one of them"
        )
    return listed, odd.filter(pl.col("path").str.split("/").list.first().is_in(chosen))


def _look(study: Study, folder: Path, root: DataRoot, listed: pl.DataFrame) -> pl.DataFrame:
    """Look at the sampled files; a refused one gives its place to the next in line."""
    images = study.images
    notebook = root.scan(folder, SCAN_VERSION)
    known = FILES.to_frame()
    if notebook.exists():
        try:
            known = pl.read_parquet(notebook).select(FILES.names())
        except (pl.exceptions.PolarsError, OSError):
            notebook.unlink()  # only saves time; the files are looked at again
    seen = FILES.to_frame()
    while True:
        refused = set(seen.filter(pl.col("reason").is_not_null())["path"])
        wanted = sample(
            listed,
            refused,
            limit=images.limit,
            per_class=images.limit_per_class,
            seed=images.seed,
        ).filter(~pl.col("path").is_in(seen["path"].implode()))
        if wanted.is_empty():
            break
        with progress("looking at picture files", len(wanted), "files") as advance:
            seen = pl.concat([seen, look_at(folder, wanted, known, advance)])
        if images.limit is None and images.limit_per_class is None:
            break
    # What could not be read may be readable next time; what is in a file stays.
    seen_for_good = seen.filter(~pl.col("reason").fill_null("").str.starts_with(UNREADABLE))
    news = seen_for_good.join(known, on=FILES.names(), how="anti", nulls_equal=True)
    if len(news):
        remembered = pl.concat([seen_for_good, known.join(seen, on="path", how="anti")])
        with whole(notebook) as draft:
            remembered.sort("path").write_parquet(draft)
    return seen


def report(manifest: Manifest) -> None:
    """Say what was found."""
    counts = manifest.images["split"].value_counts()
    sides = dict(zip(counts["split"], counts["count"], strict=True))
    n_classes = manifest.images["class_index"].n_unique()
    refused = f", {len(manifest.rejected)} files refused" if len(manifest.rejected) else ""
    say(
        f"{len(manifest.images):,} {manifest.unit} in {n_classes:,} classes: "
        f"{sides.get('fit', 0):,} to fit on, {sides.get('holdout', 0):,} held out{refused}"
    )
