"""The pictures of a run, listed: which they are, and what was refused."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from flows.pictures.flags import NO_FLAGS, counted, flags_of
from flows.pictures.read_picture import read_picture
from flows.study.analysis import Translator
from flows.study.class_lists import ClassList
from flows.study.study import Study
from flows.terminal.progress import say
from sing_core.files.image_folder import image_ids, split
from warehouse.digests import text_digest


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
    passed_over
        ``path, reason`` of what lies among the pictures and is none, of what
        systems leave there, and of class folders without a picture.
    classes
        The study's, in the order of ``class_index``.
    root
        The pictures' folder; None of items without pictures.
    labels
        ``image_id, concept_group, phrase``: what is known of the pictures beside
        their class. Empty of ordinary pictures.
    flags
        ``image_id, flag, detail``: pictures to be wary of.
    tags
        Groups and phrases that pictures' tags make; ``labels`` says which picture has which.
    items
        Every id of the study's table in its order, which is the order of arrays'
        rows, whatever sample is drawn; None of pictures.
    """

    images: pl.DataFrame
    rejected: pl.DataFrame
    passed_over: pl.DataFrame
    classes: ClassList
    root: Path | None
    labels: pl.DataFrame
    items: list[str] | None = None
    flags: pl.DataFrame = field(default_factory=NO_FLAGS.clone)
    tags: tuple[tuple[str | None, str], ...] = ()

    @property
    def unit(self) -> str:
        """What one calls them."""
        return "pictures" if self.items is None else "items"

    def read(self, path: str) -> bytes:
        """Bytes of the picture of a path; items have none."""
        assert self.root is not None
        return read_picture(self.root, path)

    def without(self, unwanted: Collection[str]) -> "Manifest":
        """The same without pictures that have one of these flags, which are then passed over.

        Raises
        ------
        ImagesError
            If none is left.
        """
        marked = self.flags.filter(pl.col("flag").is_in(unwanted)).unique(
            "image_id", keep="first", maintain_order=True
        )
        left_out = self.images.join(marked, on="image_id").select(
            "path",
            reason=pl.format("left out by images.leave_out as a {}: {}", "flag", "detail"),
        )
        if left_out.is_empty():
            return self
        kept = self.images.join(marked, on="image_id", how="anti", maintain_order="left")
        if kept.is_empty():
            raise ImagesError(
                f"images.leave_out = {list(unwanted)} leaves no picture of {len(self.images)}; "
                "leave fewer out"
            )
        say(f"{len(left_out):,} {self.unit} are left out by images.leave_out (rejected_images)")
        return replace(
            self,
            images=kept,
            passed_over=pl.concat([self.passed_over, left_out]).sort("path"),
            flags=self.flags.join(kept, on="image_id", how="semi"),
            labels=self.labels.join(kept, on="image_id", how="semi"),
        )

    @property
    def digest(self) -> str:
        """Digest of which pictures these are, whatever their classes."""
        return text_digest("\n".join(self.images["image_id"]))

    @classmethod
    def of_pictures(
        cls,
        accepted: pl.DataFrame,
        rejected: pl.DataFrame,
        passed_over: pl.DataFrame,
        classes: ClassList,
        settings: Translator,
        root: Path,
        known: pl.DataFrame | None,
    ) -> "Manifest":
        """List pictures, each with its id, class and side.

        Parameters
        ----------
        accepted
            ``path, folder, sha256, width, height, blank`` of each.
        known
            ``path, concept_group, phrase``: what is known of drawn scenes.
        """
        images, flags = _described(accepted, classes, settings)
        labels = _NO_LABELS
        if known is not None:
            named = images.select("path", "image_id").join(known, on="path").drop("path")
            # Joins keep no order, and runs are keyed by it.
            labels = named.sort("image_id", "concept_group")
        return cls(images, rejected, passed_over, classes, root, labels, flags=flags)

    @classmethod
    def of_items(
        cls, chosen: pl.DataFrame, classes: ClassList, settings: Translator, items: list[str]
    ) -> "Manifest":
        """List items without pictures, of all ``items`` those that were chosen."""
        images, flags = _described(chosen, classes, settings)
        rejected = pl.DataFrame(schema={"path": pl.String, "reason": pl.String})
        return cls(images, rejected, rejected, classes, None, _NO_LABELS, items, flags)

    def in_words(self) -> str:
        """What was found."""
        counts = self.images["split"].value_counts()
        sides = dict(zip(counts["split"], counts["count"], strict=True))
        n_classes = self.images["class_index"].n_unique()
        refused = f", {len(self.rejected)} files refused" if len(self.rejected) else ""
        flagged = counted(self.flags)
        wary = f"; to be wary of: {flagged} (table image_flags)" if flagged else ""
        return (
            f"{len(self.images):,} {self.unit} in {n_classes:,} classes: "
            f"{sides.get('fit', 0):,} to fit on, "
            f"{sides.get('holdout', 0):,} held out{refused}{wary}"
        )


_NO_LABELS = pl.DataFrame(schema=dict.fromkeys(("image_id", "concept_group", "phrase"), pl.String))


def _described(
    accepted: pl.DataFrame, classes: ClassList, settings: Translator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Each picture's id, class and side, sorted by path; and flags of some."""
    known = pl.DataFrame(
        {
            "folder": classes.folders,
            "class_index": range(len(classes.folders)),
            "class_name": classes.names,
        },
        schema_overrides={"class_index": pl.Int64},
    )
    accepted = accepted.join(known, on="folder", how="left").sort("path")
    accepted = accepted.with_columns(image_ids(accepted))
    sides = split(accepted, holdout=settings.holdout, seed=settings.seed)
    images = accepted.with_columns(sides).select(
        "image_id", "path", "class_index", "class_name", "split", "width", "height", "sha256"
    )
    return images, flags_of(accepted)


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
