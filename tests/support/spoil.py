"""Changes to the files of a study over arrays."""

import numpy as np
import polars as pl


def edit(name, change):
    """Change an array of a .npz or .npy file; others of it stay."""

    def do(folder):
        path, _, member = name.partition(":")
        if not member:
            np.save(folder / path, change(np.load(folder / path)))
            return
        held = dict(np.load(folder / path))
        np.savez(folder / path, **held | {member: change(held[member])})

    return do


def spoiled(row, value):
    def change(array):
        array[row, 0] = value
        return array

    return change


def ids(change):
    def do(folder):
        rows = pl.read_parquet(folder / "byob.parquet")
        change(rows).write_parquet(folder / "byob.parquet")

    return do


def table(change):
    def do(folder):
        lines = (folder / "items.csv").read_text().splitlines()
        (folder / "items.csv").write_text("\n".join(change(lines)) + "\n")

    return do
