import numpy as np
import polars as pl

from flows.runs.extracted import ExtractedRun
from flows.runs.sample import sample_of


def test_the_first_of_a_sample_are_the_smaller_sample(rng):
    images = pl.DataFrame(
        {
            "image_id": [f"{n:04x}" for n in rng.permutation(200)],
            "class_index": np.minimum(rng.integers(9, size=200), 6),
        }
    )
    run = ExtractedRun.__new__(ExtractedRun)
    run.__dict__["images"] = images
    sample = sample_of(run, 120)

    for n in (1, 23, 120, 500):
        smaller, rows = sample.first(n)

        assert smaller.images.equals(sample_of(run, min(n, 120)).images)
        assert [sample.ids[row] for row in rows] == smaller.ids
