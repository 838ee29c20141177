"""What is in a data root, found without the product's code."""

import polars as pl

#: A run's scores; to be filled in with its id.
SCORES = "from main.model_scores where run_id = '{}' order by all"


def files(made, pattern="**/*"):
    return {
        path.relative_to(made.root.path).as_posix()
        for path in made.root.path.glob(pattern)
        if path.is_file() and path.name != "lock"
    }


def named(made):
    """What the runs' own Parquet names, read without the product's code."""
    found = pl.read_parquet(made.root.path / "runs/*/tables/artifacts/*.parquet")
    return set(found["path"])


def used(folder):
    """Bytes of all files, each once whatever its names, as du counts them.

    But for the list of published generations, to which a line is added with each.
    """
    there = [
        path.lstat()
        for path in folder.rglob("*")
        if not path.is_dir() and path != folder / "published" / "SHA256SUMS"
    ]
    return sum(size for _, size in {(about.st_ino, about.st_size) for about in there})
