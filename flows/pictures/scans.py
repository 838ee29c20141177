"""What is known of picture files, so that they are not looked at again."""

from pathlib import Path

import polars as pl

from flows.pictures.read_picture import read_picture
from flows.study.images import Images
from flows.terminal.progress import progress
from sing_core.files.image_folder import (
    FILES,
    SCAN_VERSION,
    look_at,
    sample,
)
from sing_core.files.images import UNREADABLE
from warehouse.layout import DataRoot
from warehouse.stored import sums


def look_at_sample(
    images: Images, folder: Path, listed: pl.DataFrame, root: DataRoot
) -> pl.DataFrame:
    """Look at the sampled files; a refused one gives its place to the next in line.

    Returns
    -------
    polars.DataFrame
        What is known of each, as in ``image_folder.FILES``.
    """
    notebook = root.scan(folder, SCAN_VERSION)
    known = _remembered(notebook, root)
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
            seen = pl.concat([seen, look_at(folder, wanted, known, advance, read_picture)])
        if images.limit is None and images.limit_per_class is None:
            break
    # What could not be read may be readable next time; what is in a file stays.
    seen_for_good = seen.filter(~pl.col("reason").fill_null("").str.starts_with(UNREADABLE))
    news = seen_for_good.join(known, on=FILES.names(), how="anti", nulls_equal=True)
    if len(news):
        remembered = pl.concat([seen_for_good, known.join(seen, on="path", how="anti")])
        with sums.whole_and_noted(root.scans, notebook) as draft:
            remembered.sort("path").write_parquet(draft)
    return seen


def _remembered(notebook: Path, root: DataRoot) -> pl.DataFrame:
    if notebook.exists():
        try:
            # Before it is read: Polars ends the process at some damaged lengths.
            if sums.problem(root.scans, notebook) is None:
                return pl.read_parquet(notebook, glob=False).select(FILES.names())
        except (pl.exceptions.PolarsError, OSError):
            pass  # one of an earlier version, which noted no digest
        notebook.unlink()  # only saves time; the files are looked at again
    return FILES.to_frame()
