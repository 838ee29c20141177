"""Pictures to be wary of: one content under several classes, copies, and hardly anything to see."""

import polars as pl

#: What a picture can be flagged for, and how a line about them counts it.
FLAGS = {
    "label_conflict": "under several classes with the same bytes",
    "copy": "copies within their class",
    "blank": "of hardly more than one color",
}

NO_FLAGS = pl.DataFrame(schema=dict.fromkeys(("image_id", "flag", "detail"), pl.String))


def flags_of(images: pl.DataFrame) -> pl.DataFrame:
    """Return ``image_id, flag, detail`` of pictures to be wary of.

    Parameters
    ----------
    images
        ``image_id, path, class_index, class_name, sha256``; and ``blank`` of pictures.
    """
    ordered = images.sort("path").with_columns(
        n_classes=pl.col("class_index").n_unique().over("sha256"),
        first=pl.col("path").first().over("sha256", "class_index"),
    )
    conflict = ordered.filter(pl.col("n_classes") > 1)
    of_others = (
        conflict.unique(["sha256", "class_index"], keep="first", maintain_order=True)
        .select("sha256", other="path", other_index="class_index", other_class="class_name")
        .join(conflict, on="sha256")
        .filter(pl.col("other_index") != pl.col("class_index"))
        .unique("image_id", keep="first", maintain_order=True)
    )
    found = [
        of_others.select(
            "image_id",
            flag=pl.lit("label_conflict"),
            detail=pl.format("the same bytes as {}, of class {}", "other", "other_class"),
        ),
        ordered.filter(pl.col("path") != pl.col("first")).select(
            "image_id", flag=pl.lit("copy"), detail=pl.format("the same bytes as {}", "first")
        ),
    ]
    if "blank" in images.columns:
        found.append(
            ordered.filter("blank").select(
                "image_id",
                flag=pl.lit("blank"),
                detail=pl.lit("99 % of its middle are of one color, but for 10 of 255 levels"),
            )
        )
    return pl.concat([NO_FLAGS, *found]).sort("image_id", "flag")


def counted(flags: pl.DataFrame) -> str:
    """Say how many pictures have each flag; nothing where none has any."""
    counts = dict(flags["flag"].value_counts().iter_rows())
    return ", ".join(f"{counts[flag]:,} {words}" for flag, words in FLAGS.items() if flag in counts)
