"""Arrays that are taken as they are, or refused in a sentence."""

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import save_file

from flows.features.networks import NoNetworkError, NoTextModelError, load_model, load_space
from flows.study.load import load_study
from sing_core.files.arrays import BadArrayError
from sing_core.networks.weights import BadWeightsError
from tests.support.close import near
from tests.support.spoil import edit, ids, spoiled


def test_texts_in_the_order_of_named_classes(named, made_once):
    named.run()

    query = """
        select is_median_deg, abs_as_median_deg from latest.class_scores
        where model = 'byob' order by class_name
    """
    for ours, theirs in zip(named.rows(query), made_once.rows(query), strict=True):
        assert ours == {column: near(column, value) for column, value in theirs.items()}
    (first,) = named.rows("select distinct class_name from latest.images where class_index = 0")
    assert first == {"class_name": "eel"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda a: a[1:], "classes.npy has 4 rows, but there are 5 classes of the study"),
        (lambda a: a[:, 1:], "classes.npy has 23 values a text, but .*clip.safetensors has 24"),
    ],
)
def test_wrong_texts_of_named_classes_are_told(named, change, sentence):
    edit("classes.npy", change)(named.folder)

    with pytest.raises(BadArrayError, match=sentence):
        named.run()


def test_arrays_cannot_be_asked_for_anything_new(given):
    study = load_study(given.study)

    with pytest.raises(NoTextModelError, match="clip is given as arrays .* cannot embed new texts"):
        load_space(study.space)
    with pytest.raises(NoNetworkError, match="res is given as arrays, so it has no features of"):
        load_model(study.models[0])


BAD = {
    "res.npy has 69 rows, but there are 70 items in images.table": edit("res.npy", lambda a: a[1:]),
    "res.npy has the shape \\(70, 96, 1\\); need two": edit("res.npy", lambda a: a[..., None]),
    "res.npy holds int64; need floating-point": edit("res.npy", lambda a: a.astype(np.int64)),
    "res.npy has 70 rows of 0 values": edit("res.npy", lambda a: a[:, :0]),
    "res.npy has 95 features, but the head in .*res.npz takes 96": edit(
        "res.npy", lambda a: a[:, 1:]
    ),
    "res.npy holds a value that is no finite float32 in row 12": edit(
        "res.npy", spoiled(11, np.nan)
    ),
    "no finite float32 in row 1 ": edit("res.npy", spoiled(0, 1e300)),
    "byob.parquet lacks 1 of the 70 of the study's items": ids(lambda rows: rows[1:]),
    "byob.parquet has the id '.*' more than once": ids(lambda rows: rows[[0, *range(70)]]),
    "byob.parquet has no column id; need id and feature": ids(lambda r: r.rename({"id": "name"})),
    "column feature of .* is double; need lists": ids(lambda r: r.with_columns(feature=0.5)),
    "feature of .* rows that are not 256 numbers": ids(
        lambda r: r.with_columns(
            feature=pl.when(pl.int_range(70) == 33)
            .then(pl.col("feature").list.head(3))
            .otherwise("feature")
        )
    ),
    "column id of .* is double with 0 missing": ids(lambda r: r.with_columns(id=0.5)),
    "phrases.npz:phrases has 6 rows, but there are 5 phrases": edit(
        "phrases.npz:phrases", lambda a: a[[0, 1, 2, 3, 4, 4]]
    ),
    "phrases.npz:phrases has 23 values a text, but .*clip.safetensors has 24": edit(
        "phrases.npz:phrases", lambda a: a[:, 1:]
    ),
    "phrases.npz:phrases has no direction for 'round'": edit(
        "phrases.npz:phrases", lambda a: a * (np.arange(5) != 2)[:, None]
    ),
    "classes.parquet lacks 1 of the 5 classes of the study \\(first: 'cat'\\)": lambda folder: (
        pl.read_parquet(folder / "classes.parquet")
        .filter(pl.col("id") != "cat")
        .write_parquet(folder / "classes.parquet")
    ),
    "res.npy cannot be read": lambda folder: (folder / "res.npy").write_bytes(b"\x93NUMPY"),
    "res.npy ends before its 70 rows do": lambda folder: (folder / "res.npy").write_bytes(
        (folder / "res.npy").read_bytes()[:-4]
    ),
    "phrases.npz:phrases needs the name of one of its arrays after a colon: a, b": lambda folder: (
        np.savez(folder / "phrases.npz", a=np.eye(3), b=np.eye(3))
    ),
    "clip.safetensors cannot be read": lambda folder: (
        folder / "clip.safetensors"
    ).write_bytes(b"no tensors"),
    "clip.safetensors holds I32; need floating": lambda folder: save_file(
        {"x": np.ones((70, 24), np.int32)}, folder / "clip.safetensors"
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", BAD)
def test_wrong_arrays_are_told_in_a_sentence(given, sentence):
    BAD[sentence](given.folder)

    with pytest.raises(BadArrayError, match=sentence) as caught:
        given.run()

    assert caught.value.exit_code == 2


def test_a_head_that_is_not_finite_is_told(given):
    edit("res.npz:weight", spoiled(3, np.inf))(given.folder)

    with pytest.raises(BadWeightsError, match="the head in .*res.npz holds NaN or infinity"):
        given.run()
