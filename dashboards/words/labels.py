"""Names of classes that tell them apart."""

import polars as pl


def class_label() -> pl.Expr:
    """Name of a class among rows of classes, told apart by its index where two share one."""
    name, index = pl.col("class_name"), pl.col("class_index")
    told = pl.when(name.is_duplicated()).then(pl.format("{} ({})", name, index)).otherwise(name)
    return told.alias("label")
