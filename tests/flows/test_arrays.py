"""A study over arrays: the same scores as of the networks that made them, and clear refusals."""

import shutil

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file, save_file

from flows.doctor import examine
from flows.features.heads import NoNetworkError, load_model
from flows.features.texts import NoTextModelError, load_space
from flows.pictures.list_items import ItemsError
from flows.pictures.manifest import ImagesError
from flows.study.load import StudyError, load_study
from sing_core.files.arrays import BadArrayError
from sing_core.networks.weights import BadWeightsError
from tests.flows.conftest import Made
from tests.flows.test_pipeline import count_features
from tests.support import arrays
from warehouse import parquet
from warehouse.layout import DataRoot

#: What a run over arrays cannot know, or what names the run.
OTHER = {
    "images": {"width", "height"},
    "models": {"architecture", "weights_sha256", "logit_proof_max_abs"},
}


@pytest.fixture(scope="module")
def given_once(made_once, tmp_path_factory):
    """The study over arrays, run once; not to be changed."""
    folder = tmp_path_factory.mktemp("arrays")
    given = Made(arrays.write(made_once, folder), DataRoot(folder / "data"))
    given.run()
    return given


@pytest.fixture
def given(given_once, tmp_path):
    """A copy of it, to do things to."""
    shutil.copytree(given_once.folder, tmp_path / "given", symlinks=True)
    return Made(tmp_path / "given" / "study.toml", DataRoot(tmp_path / "given" / "data"))


@pytest.mark.parametrize(
    "table",
    [
        "images", "models", "concepts", "translators", "image_scores", "image_concept_scores",
        "class_scores", "concept_scores", "model_scores", "group_scores",
    ],
)  # fmt: skip
def test_arrays_have_the_scores_of_the_networks_that_made_them(given_once, made_once, table):
    keys = ("model", "image_id", "class_index", "concept_id", "concept_group")
    skip = {"run_id"} | OTHER.get(table, set())

    def rows(made):
        found = made.rows(f"from latest.{table}")
        return sorted(found, key=lambda row: [str(row.get(key)) for key in keys])

    ours, theirs = rows(given_once), rows(made_once)
    assert len(ours) == len(theirs) > 0
    for our, their in zip(ours, theirs, strict=True):
        for column in our.keys() - skip:
            value = their[column]
            near = isinstance(value, float)
            # Sums are made in another order, shard by shard.
            assert our[column] == (pytest.approx(value, rel=1e-5, abs=1e-5) if near else value), (
                column
            )


def test_what_arrays_cannot_tell_is_null(given_once):
    assert given_once.rows("select distinct width, height from latest.images") == [
        {"width": None, "height": None}
    ]
    assert given_once.rows(
        "select distinct architecture, logit_proof_max_abs as proof from latest.models"
    ) == [{"architecture": "arrays", "proof": None}]


def test_nothing_is_done_again(given):
    before = {path: path.stat().st_mtime_ns for path in given.root.path.rglob("*.parquet")}

    outcome = given.run()

    assert not outcome.worked
    assert before == {p: p.stat().st_mtime_ns for p in given.root.path.rglob("*.parquet")}


def test_a_lost_shard_alone_is_taken_again(given):
    whole = {path: parquet.read_vectors(path) for path in given.root.features.glob("res/*/*")}
    lost, (ids, rows) = next((p, v) for p, v in whole.items() if len(v[0]) == 16)
    lost.unlink()
    kept = {path: path.stat().st_mtime_ns for path in whole if path != lost}
    given.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")

    given.run()

    assert parquet.read_vectors(lost)[0] == ids
    np.testing.assert_array_equal(parquet.read_vectors(lost)[1], rows)
    assert kept == {path: path.stat().st_mtime_ns for path in kept}


def test_another_order_of_the_table_gives_rows_to_other_items(given):
    path = given.folder / "items.csv"
    first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([first, *rest[::-1]]) + "\n")
    before = given.rows("select image_id, null_energy from latest.image_scores where model = 'res'")

    given.run()

    after = given.rows("select image_id, null_energy from latest.image_scores where model = 'res'")
    order = sorted(row["image_id"] for row in before)
    swapped = dict(zip(order, reversed(order), strict=True))
    energy = {row["image_id"]: row["null_energy"] for row in after}
    for row in before:
        assert energy[swapped[row["image_id"]]] == pytest.approx(row["null_energy"])


def test_other_texts_are_another_run_of_the_same_embeddings(given):
    folders = set(given.root.embeddings.glob("*/*"))
    edit("phrases.npz:phrases", lambda texts: -texts)(given.folder)

    outcome = given.run()

    assert outcome.worked
    assert set(given.root.embeddings.glob("*/*")) == folders


def test_a_sample_of_the_items(given):
    given.rewrite('"items.csv"', '"items.csv"\nlimit_per_class = 8')

    given.run()

    assert given.rows("select n from latest.model_scores") == [{"n": 40}] * 2


def test_without_contents_an_item_is_its_id(given):
    table = pl.read_csv(given.folder / "items.csv").drop("sha256", "remark")
    table.write_parquet(given.folder / "items.parquet")
    given.rewrite("items.csv", "items.parquet")

    given.run()

    ids = [row["image_id"] for row in given.rows("from latest.images")]
    assert len(set(ids)) == 70
    assert all(len(i) == 16 and int(i, 16) >= 0 for i in ids)


def test_arrays_beside_a_network_over_pictures(given, made_once, monkeypatch):
    shutil.copytree(made_once.folder / "pictures", given.folder / "pictures")
    shutil.copy(made_once.folder / "res.safetensors", given.folder)
    paths = pl.read_csv(given.folder / "items.csv")["id"].to_list()
    clip = load_file(given.folder / "clip.safetensors")["clip"]
    arrays.save_parquet(given.folder / "clip.parquet", paths, clip)
    given.rewrite('table = "items.csv"', 'root = "pictures"')
    given.rewrite("clip.safetensors", "clip.parquet")
    given.rewrite(
        'features = "res.npy"\nhead = "res.npz"',
        'timm = "test_resnet"\ncheckpoint = "res.safetensors"\n'
        "args = { pretrained_cfg_overlay = { input_size = [3, 64, 64] } }",
    )
    seen = count_features(monkeypatch)

    given.run()

    assert seen == {"features": 8 + 70}
    query = "select is_median_deg, is_as_ratio from latest.model_scores order by model"
    for ours, theirs in zip(given.rows(query), made_once.rows(query), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)


@pytest.fixture
def named(given):
    """The same over the one head whose classes are named, with texts in their order."""
    (given.folder / "classes.txt").write_text("eel\ndrum\ncat\nboat\napple\n")
    texts = np.array(pl.read_parquet(given.folder / "classes.parquet")["feature"].to_list())
    np.save(
        given.folder / "classes.npy", texts
    )  # last class first, see support/arrays.py
    given.rewrite("classes.parquet", "classes.npy")
    given.rewrite('table = "items.csv"', 'table = "items.csv"\nclass_names = "classes.txt"')
    given.rewrite('[[models]]\nid = "res"\nfeatures = "res.npy"\nhead = "res.npz"\n', "")
    return given


def test_texts_in_the_order_of_named_classes(named, made_once):
    named.run()

    query = """
        select is_median_deg, abs_as_median_deg from latest.class_scores
        where model = 'byob' order by class_name
    """
    for ours, theirs in zip(named.rows(query), made_once.rows(query), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-5)
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


def test_a_class_that_is_not_named_is_told(named):
    items = named.folder / "items.csv"
    items.write_text(items.read_text() + "x,owl,y,\n")

    with pytest.raises(ImagesError, match="1 classes in .*items.csv are not among .* 'owl'"):
        named.run()


def test_the_doctor_needs_no_network(given):
    rows = {row["model"]: row for row in examine(load_study(given.study), given.root)}

    assert (rows["res"]["rank"], rows["res"]["null_dim"]) == (40, 56)
    assert rows["byob"]["logit_proof"] is None
    assert rows["byob"]["modes"] == "exact, softmax, approx, classes"


def test_a_head_in_float64_keeps_its_null_space(given):
    head = dict(np.load(given.folder / "res.npz"))
    weight = head["weight"].astype(np.float64)
    weight[0] = weight[1:].mean(axis=0)  # exactly dependent in float64 alone
    np.savez(given.folder / "res.npz", weight=weight, bias=head["bias"])

    rows = {row["model"]: row for row in examine(load_study(given.study), given.root)}

    assert rows["res"]["rank"] == 39


def test_arrays_cannot_be_asked_for_anything_new(given):
    study = load_study(given.study)

    with pytest.raises(NoTextModelError, match="clip is given as arrays .* cannot embed new texts"):
        load_space(study.space)
    with pytest.raises(NoNetworkError, match="res is given as arrays, so it has no features of"):
        load_model(study.models[0])


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


BAD_ITEMS = {
    "has no column id and no column class; need id and class, got name, kind": lambda lines: [
        "name,kind,sha256,remark", *lines[1:]
    ],
    "has no rows": lambda lines: lines[:1],
    "has apple/.* more than once": lambda lines: [*lines, next(i for i in lines if "apple" in i)],
    "1 rows of .* have no class \\(first: row 2\\)": lambda lines: [
        *lines[:2], "x,,y,", *lines[3:]
    ],
}  # fmt: skip


@pytest.mark.parametrize("sentence", BAD_ITEMS)
def test_a_wrong_table_is_told_in_a_sentence(given, sentence):
    table(BAD_ITEMS[sentence])(given.folder)

    with pytest.raises(RuntimeError, match=sentence) as caught:
        given.run()

    assert caught.value.exit_code == 2


def test_a_table_that_is_none_is_told(given):
    (given.folder / "items.parquet").write_bytes(b"nothing")
    given.rewrite("items.csv", "items.parquet")

    with pytest.raises(ItemsError, match="items.parquet cannot be read as a table"):
        given.run()


def test_a_head_that_is_not_finite_is_told(given):
    edit("res.npz:weight", spoiled(3, np.inf))(given.folder)

    with pytest.raises(BadWeightsError, match="the head in .*res.npz holds NaN or infinity"):
        given.run()


BAD_STUDY = {
    "models[1]: needs either timm .* or features .*, not neither": (
        ('features = "res.npy"\n', ""),
    ),
    "models[1]: needs either timm .* or features .*, not both": (
        ('features = "res.npy"\n', 'features = "res.npy"\ntimm = "resnet18"\n'),
    ),
    "models[1]: head is missing; features need": (('head = "res.npz"\n', ""),),
    "models[1]: checkpoint and args do not go with features": (
        ('head = "res.npz"\n', 'head = "res.npz"\nargs = {}\ncheckpoint = "res.npz"\n'),
    ),
    "models[1].features: .*none.npy does not exist": (("res.npy", "none.npy"),),
    "models[1].features: .*items.csv is no file of arrays; need .npy, .npz": (
        ("res.npy", "items.csv"),
    ),
    "images: needs either root .* table .*, not root and table": (
        ('table = "items.csv"', 'table = "items.csv"\nroot = "."'),
    ),
    "table: .*res.npy is neither .csv nor .parquet": (('"items.csv"', '"res.npy"'),),
    "models.res: timm = 'test_resnet' looks at pictures, but images.table has none": (
        ('features = "res.npy"\nhead = "res.npz"', 'timm = "test_resnet"\npretrained = true'),
    ),
    "space.model: ViT-B-32 looks at pictures, but images.table has none": (
        ('embeddings = "clip.safetensors"\n', 'model = "ViT-B-32"\npretrained = "openai"\n'),
        ('class_texts = "classes.parquet"\nconcept_texts = "phrases.npz:phrases"\n', ""),
    ),
    "space: needs either model .* or embeddings .*, not neither": (
        ('embeddings = "clip.safetensors"\n', ""),
    ),
    "space: class_texts and concept_texts do not go with model": (
        ('embeddings = "clip.safetensors"\n', 'model = "ViT-B-32"\npretrained = "openai"\n'),
    ),
    "space: templates does not go with embeddings": (("[space]", '[space]\ntemplates = ["{}"]'),),
    "space: class_texts is missing": (('class_texts = "classes.parquet"\n', ""),),
    "space.concept_texts is missing: a space of arrays cannot embed the phrases": (
        ('concept_texts = "phrases.npz:phrases"\n', ""),
    ),
    "concepts is missing: space.concept_texts": (('[concepts]\nfile = "concepts.txt"\n', ""),),
    "concepts.templates do not go with space.embeddings": (
        ("[concepts]", '[concepts]\ntemplates = ["{}"]'),
    ),
    "models.res.features: .*res.npy does not say which picture a row belongs to": (
        ('table = "items.csv"', 'root = "."'),
    ),
    "space.class_texts: .*phrases.npz:phrases does not say which class": (
        ("classes.parquet", "phrases.npz:phrases"),
    ),
    "has 5 names, but the head of models.res has 40 classes": (
        ('table = "items.csv"', 'table = "items.csv"\nclass_names = "concepts.txt"'),
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", BAD_STUDY)
def test_a_wrong_study_of_arrays_is_told_in_a_sentence(given, sentence):
    for old, new in BAD_STUDY[sentence]:
        given.rewrite(old, new)

    with pytest.raises(StudyError, match=sentence.replace("[1]", r"\[1\]")):
        load_study(given.study)
