"""Tags as groups of a study: pictures that have one, against those that have not."""

import csv
from dataclasses import replace
from pathlib import Path

import polars as pl

from flows.pictures.manifest import ImagesError, Manifest
from flows.terminal.progress import say


def with_tags(manifest: Manifest, file: Path) -> Manifest:
    """Add a group a tag, of two values: those who have it, and all others.

    The group of tag ``blurry`` is called ``tag blurry``, its phrases ``blurry`` and ``not blurry``.

    Parameters
    ----------
    file
        CSV with the columns ``tag`` and ``path``, as the dashboard writes it.

    Raises
    ------
    ImagesError
        If it cannot be read, or tags no picture of the study, or all.
    """
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = [(row["tag"].strip(), row["path"]) for row in csv.DictReader(lines)]
    except (OSError, UnicodeDecodeError, KeyError, AttributeError, csv.Error) as error:
        raise ImagesError(
            f"images.tags: {file} is no file of tags ({type(error).__name__}: {error}); need a CSV "
            "with the columns tag and path"
        ) from error
    known = set(manifest.images["path"])
    gone = sum(path not in known for _, path in rows)
    if gone:
        say(f"{gone:,} of {len(rows):,} tags are of pictures that the study does not have")
    pairs: list[tuple[str | None, str]] = []
    labels = [manifest.labels]
    for tag in sorted({tag for tag, path in rows if tag and path in known}):
        having = {path for other, path in rows if other == tag}
        has = manifest.images["path"].is_in(list(having))
        if has.all():
            raise ImagesError(
                f"images.tags: every picture of the study has the tag {tag!r}, so there is nothing "
                "to hold it against; take it out of the file"
            )
        group, phrases = f"tag {tag}", (tag, f"not {tag}")
        pairs += [(group, phrase) for phrase in phrases]
        values = has.replace_strict({True: phrases[0], False: phrases[1]}, return_dtype=pl.String)
        labels.append(
            manifest.images.select(
                "image_id", concept_group=pl.lit(group), phrase=values.alias("phrase")
            )
        )
    if not pairs:
        raise ImagesError(f"images.tags: {file} tags no picture of the study; need one at least")
    together = pl.concat(labels).sort("image_id", "concept_group")
    return replace(manifest, labels=together, tags=tuple(pairs))
