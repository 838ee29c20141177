"""Find the pictures or items of a study, and write down which they are."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from flows.pictures.chosen_classes import classes_of, only_chosen
from flows.pictures.draw_scenes import drawn, labels
from flows.pictures.left_out import check_splits, passed_over_in
from flows.pictures.list_containers import (
    check_parts,
    containers_in,
    list_containers,
    numbered,
)
from flows.pictures.list_items import list_items
from flows.pictures.manifest import ImagesError, Manifest, TooManyRejectedError, check_rejected
from flows.pictures.scans import look_at_sample
from flows.pictures.tagged import with_tags
from flows.study.images import Images
from flows.study.study import Study
from flows.terminal.progress import progress
from sing_core.files.containers import folder_of
from sing_core.files.folder_walk import Listing, list_files
from sing_core.files.image_folder import sample
from warehouse.layout import DataRoot


def find_images(study: Study, root: DataRoot) -> Manifest:
    """Find, look at, sample and split the study's pictures; scenes are drawn before.

    Raises
    ------
    ImagesError
        If there are none, or their folders are not the study's classes.
    TooManyRejectedError
        If more than ``images.max_rejected`` of the files cannot be used.
    """
    if study.images.table is not None:
        found = _items(study, study.images.table)
    else:
        found = _pictures(study, root, folders_are_classes=True)
    found = found.without(study.images.leave_out)
    return found if study.images.tags is None else with_tags(found, study.images.tags)


def _pictures(study: Study, root: DataRoot, *, folders_are_classes: bool) -> Manifest:
    images = study.images
    if images.shapes is not None:
        folder, found = _walked(drawn(images.shapes, root))
    else:
        assert images.root is not None  # a study has one of the three
        folder, found = _walked(images.root)
    listed, odd = found.files, found.odd
    beside = listed.filter(pl.col("folder") == "").select(
        "path", reason=pl.lit("lies beside the class folders, so it has no class")
    )
    listed = listed.filter(pl.col("folder") != "")
    if listed.is_empty():
        others = pl.concat([odd, found.passed_over]).rows()
        why = f" (the first of {len(others)} entries, {': '.join(others[0])})" if others else ""
        raise ImagesError(
            f"no pictures in {folder}{why}; need a folder a class, with pictures in it "
            "(root/class/picture.jpg), or .tar or .parquet"
        )
    if folders_are_classes and not found.are_members:
        check_splits(folder, listed)
    what = "classes in" if found.are_members else "folders of"
    classes = numbered(found) if found.are_members and images.class_names is None else None
    classes = classes or classes_of(images, f"{what} {folder}", listed)
    listed, chosen_odd = only_chosen(images, str(folder), listed, odd, classes)
    odd = odd if found.are_members else chosen_odd  # of which class such a member is, nobody knows
    seen = look_at_sample(study.images, folder, listed, root)
    refused = seen.filter(pl.col("reason").is_not_null()).select("path", "reason")
    accepted = seen.filter(pl.col("reason").is_null())
    rejected = pl.concat([refused, beside, odd]).sort("path")
    check_rejected(study, len(rejected), len(accepted), next(rejected.iter_rows(), None))
    # Of drawn scenes, only their list is no picture.
    passed_over = (
        passed_over_in(folder, found, study.images, listed, seen, stored=folders_are_classes)
        if study.images.shapes is None
        else rejected.clear()
    )
    return Manifest.of_pictures(
        accepted, rejected, passed_over, classes, study.translator, folder, known=labels(folder)
    )


def _walked(root: Path | tuple[Path, ...]) -> tuple[Path, Listing]:
    """What lies below a folder or in containers; with the folder that paths are relative to."""
    folder = folder_of(root)
    with progress(f"listing {folder}", None, "entries") as advance:
        if root != folder:
            containers = [root] if isinstance(root, Path) else list(root)
            return folder, list_containers(folder, containers, advance)
        found = list_files(folder, advance)
        if not found.files.is_empty() or not (containers := containers_in(folder)):
            return folder, found
        check_parts(folder, containers)
        inside = list_containers(folder, containers, advance)
    # What else lies there is named, but for the containers, which are no pictures themselves.
    beside = found.passed_over.filter(~pl.col("path").is_in([path.name for path in containers]))
    return folder, replace(
        inside,
        odd=pl.concat([inside.odd, found.odd]),
        passed_over=pl.concat([inside.passed_over, beside]).sort("path"),
    )


def find_outside(study: Study, root: DataRoot) -> Manifest:
    """Find the study's pictures of another kind, whatever their folders are called.

    Raises
    ------
    ImagesError, TooManyRejectedError
        As :func:`find_images`.
    """
    outside = study.out_of_distribution
    assert outside is not None  # for studies that have some
    images = Images(
        root=outside.root, limit=outside.limit, seed=study.images.seed,
        max_rejected=study.images.max_rejected,
    )  # fmt: skip
    try:
        others = study.model_copy(update={"images": images})
        return _pictures(others, root, folders_are_classes=False)
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
    limits = study.images
    classes = classes_of(limits, f"classes in {table}", listed)
    chosen, _ = only_chosen(limits, str(table), listed, listed.clear(), classes)
    items = sample(
        chosen, set(), limit=limits.limit, per_class=limits.limit_per_class, seed=limits.seed
    ).with_columns(pl.lit(None, pl.Int64).alias(name) for name in ("width", "height"))
    return Manifest.of_items(items, classes, study.translator, listed["path"].to_list())
