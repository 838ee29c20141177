"""Pictures in tar archives and Parquet: the same pictures, classes and features as in folders."""

import re
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboards.page import pictures as page
from flows.pictures.find_images import find_images
from flows.pictures.manifest import ClassFoldersError, ImagesError
from flows.study.load import StudyError, load_study
from sing_core.files.contents import ContainerError
from tests.support.containers import add, hugging_face, pictures, tar_of_folders, webdatasets
from tests.support.world import CLASSES
from warehouse.stored import parquet


@pytest.fixture
def folder(fresh):
    return fresh.folder / "pictures"


def found(made, root):
    """What a study finds below another root."""
    text = made.study.read_text()
    made.study.write_text(re.sub(r"root = .*", f"root = {root}", text))
    return find_images(load_study(made.study), made.root)


def known(manifest):
    return sorted(manifest.images.select("sha256", "class_index", "class_name").rows())


def as_tar(place, folder):
    tar_of_folders(place / "birds.tar", folder)
    return '"birds.tar"'


def as_parquet(place, folder):
    hugging_face(place / "birds.parquet", folder)
    return '"birds.parquet"'


def as_shards(label):
    def write(place, folder):
        (place / "shards").mkdir()
        webdatasets(place / "shards" / "birds-{:04}.tar", folder, label)
        return '"shards"'

    return write


def as_list(place, folder):
    (place / "a").mkdir()
    hugging_face(place / "a" / "one.parquet", folder, slice(0, 40))
    hugging_face(place / "two.parquet", folder, slice(40, None))
    return '["a/one.parquet", "two.parquet"]'


def as_csv(place, folder):
    paths = [path.relative_to(place) for path in folder.glob("*/*")]
    rows = [f"{path},{path.parent.name}" for path in paths]
    (place / "birds.csv").write_text("\n".join(["path,label", *rows]))
    return '"birds.csv"'


def as_tables_and_pictures(place, folder):
    hugging_face(place / "one.parquet", folder, slice(0, 40), names=None)
    paths = sorted(folder.glob("*/*"))[40:]
    table = {
        "file_name": [str(path.relative_to(place)) for path in paths],
        "label": [CLASSES.index(path.parent.name) for path in paths],
    }
    pq.write_table(pa.table(table), place / "two.parquet")
    return '["one.parquet", "two.parquet"]'


WAYS = [as_tar, as_parquet, as_shards(".txt"), as_shards(".json"), as_list, as_csv]


@pytest.mark.parametrize("write", WAYS)
def test_they_are_the_pictures_and_classes_of_the_folders(fresh, folder, write):
    in_folders = known(found(fresh, '"pictures"'))

    manifest = found(fresh, write(fresh.folder, folder))

    assert known(manifest) == in_folders
    assert len(manifest.rejected) == 0
    assert manifest.images["path"].n_unique() == len(in_folders) == 70


def test_classes_by_number_are_named_by_the_study(fresh, folder):
    in_folders = known(found(fresh, '"pictures"'))
    root = as_shards(".cls")(fresh.folder, folder)

    numbered = found(fresh, root)
    text = fresh.study.read_text()  # of two models, that whose head has these classes
    start, end = text.index("[[models]]"), text.rindex("[[models]]")
    fresh.study.write_text(text[:start] + text[end:])
    (fresh.folder / "names.txt").write_text("\n".join(CLASSES))
    fresh.rewrite("[images]", '[images]\nclass_names = "names.txt"')
    named = find_images(load_study(fresh.study), fresh.root)

    assert numbered.classes.names == ["0", "1", "2", "3", "4"]
    assert known(named) == in_folders
    assert named.classes.are_heads


def test_tables_stand_beside_containers(fresh, folder):
    in_folders = known(found(fresh, '"pictures"'))

    manifest = found(fresh, as_tables_and_pictures(fresh.folder, folder))

    assert [row[:2] for row in known(manifest)] == [row[:2] for row in in_folders]
    assert manifest.classes.names == ["0", "1", "2", "3", "4"]


def test_rows_that_name_no_picture_are_refused(fresh, folder):
    fresh.rewrite("[images]", "[images]\nmax_rejected = 0.9")
    (fresh.folder / "other").mkdir()
    (fresh.folder / "other" / "birds.csv").write_text(
        f"class,path\ncat,{folder}/cat/000.png\ncat,../pictures/cat/001.png\n"
    )
    names = ["cat/000.png", "./cat/001.png", "cat/000.png", "cat/gone.png", "../study.toml", ""]
    rows = [f"cat,{name}" for name in names] + [f'"",{folder}/boat/000.png']
    (folder / "birds.csv").write_text("\n".join(["class,path", *rows]))

    manifest = found(fresh, '"pictures/birds.csv"')

    assert manifest.images["path"].to_list() == ["cat/000.png", "cat/001.png"]
    outside = "lies outside the table's folder, or has no path"
    assert sorted(reason for _, reason in manifest.rejected.rows()) == [
        "is named more than once", "is not there", outside, outside, "no class: class is empty",
    ]  # fmt: skip
    with pytest.raises(ImagesError, match=r"no pictures in .*outside the table's folder"):
        found(fresh, '"other/birds.csv"')


@pytest.mark.parametrize("write", [as_shards(".json"), as_list, as_csv])
def test_features_and_thumbnails_are_those_of_the_folders(fresh, folder, write, monkeypatch):
    fresh.run()
    before = features(fresh)
    found(fresh, write(fresh.folder, folder))

    fresh.run()

    assert features(fresh) == before
    monkeypatch.setenv("SING_DATA", str(fresh.root.path))
    monkeypatch.setattr(page, "_folders", page._folders.__wrapped__)
    (run,) = fresh.rows("select run_id from latest.runs")
    for row in fresh.rows("from latest.images")[::23]:
        kept = page.thumbnail(run["run_id"], row["path"], row["sha256"])
        assert kept.is_relative_to(fresh.root.thumbnails)
    assert not fresh.run().worked


def features(made):
    """Of the newest run: vectors by the pictures' content."""
    (run,) = made.rows("select run_id from latest.runs")
    images = made.rows("select image_id, sha256 from latest.images")
    paths = made.rows("select path from latest.artifacts where kind = 'features' and model = 'res'")
    assert run
    stored = [parquet.read_vectors(made.root.path / row["path"]) for row in paths]
    vectors = {one: tuple(row) for ids, rows in stored for one, row in zip(ids, rows, strict=True)}
    return {row["sha256"]: vectors[row["image_id"]] for row in images}


def test_a_damaged_picture_is_refused_and_the_others_are_taken(fresh, folder):
    fresh.rewrite("[images]", "[images]\nmax_rejected = 0.5")
    with tarfile.open(fresh.folder / "birds.tar", "w") as archive:
        archive.add(folder, "")
        add(archive, "cat/broken.png", b"\x89PNG but no more")
        add(archive, "alone.png", (folder / "cat" / "000.png").read_bytes())
        add(archive, "cat/notes.md", b"about cats")
        add(archive, "cat/.hidden.png", b"")
        add(archive, "../cat/out.png", b"x")

    manifest = found(fresh, '"birds.tar"')

    assert len(manifest.images) == 70
    rejected = dict(manifest.rejected.rows())
    assert "not a picture that can be read" in rejected["birds.tar/cat/broken.png"]
    assert "no class: no folder" in rejected["birds.tar/alone.png"]
    passed_over = dict(manifest.passed_over.rows())
    assert passed_over["birds.tar/cat/notes.md"] == "no picture by its name"
    assert passed_over["birds.tar/cat/.hidden.png"] == "hidden"
    assert passed_over["birds.tar/../cat/out.png"] == "its name leads out of the archive"


@pytest.mark.parametrize(("share", "why"), [(0.5, "cut within this picture"), (0.5, "cut behind")])
def test_a_cut_archive_says_at_which_member(fresh, folder, share, why):
    fresh.rewrite("[images]", "[images]\nmax_rejected = 0.9")
    as_tar(fresh.folder, folder)
    path = fresh.folder / "birds.tar"
    with tarfile.open(path) as archive:
        members = [member for member in archive if member.isreg()]
    member = members[int(share * len(members))]
    cut = member.offset_data + 100 if "within" in why else member.offset + 300
    path.write_bytes(path.read_bytes()[:cut])

    manifest = found(fresh, '"birds.tar"')

    *_, (name, reason) = manifest.rejected.rows()
    assert why in reason
    assert name.startswith("birds.tar/")
    assert 30 <= len(manifest.images) < 70


def test_a_row_that_holds_no_picture_is_refused(fresh, folder):
    rows = pictures(folder)
    content = [one for _, one in rows]
    content[3], content[4] = None, b"nothing"
    labels = [CLASSES[index] for index, _ in rows]
    labels[5] = None
    table = pa.table({"jpg": pa.array(content, pa.binary()), "class": labels})
    pq.write_table(table, fresh.folder / "birds.parquet")

    manifest = found(fresh, '"birds.parquet"')

    rejected = dict(manifest.rejected.rows())
    assert "holds no bytes" in rejected["birds.parquet/00000003"]
    assert "not a picture" in rejected["birds.parquet/00000004"]
    assert "class is empty" in rejected["birds.parquet/00000005"]
    assert len(manifest.images) == 67


def test_a_class_that_is_not_given_away_is_none(fresh, folder):
    rows = [(-1 if n == 7 else index, one) for n, (index, one) in enumerate(pictures(folder))]
    table = pa.table({"img": [one for _, one in rows], "labels": [index for index, _ in rows]})
    pq.write_table(table, fresh.folder / "birds.parquet")

    manifest = found(fresh, '"birds.parquet"')

    assert manifest.rejected.rows() == [("birds.parquet/00000007", "no class: labels is -1")]
    assert manifest.classes.names == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"id": ["a"], "label": ["cat"]}, "has none for pictures; need one column of"),
        (
            {"path": ["a"], "kind": ["cat"]},
            "needs a column of paths .* has path, kind",
        ),
        ({"image": [b"x"], "kind": ["cat"]}, "has no column that tells classes, but image, kind"),
        ({"a": [b"x"], "b": [b"y"], "label": ["cat"]}, "has a and b for pictures"),
    ],
)
def test_parquet_without_pictures_or_classes_is_told(fresh, columns, why):
    pq.write_table(pa.table(columns), fresh.folder / "birds.parquet")

    with pytest.raises(ContainerError, match=why):
        found(fresh, '"birds.parquet"')


@pytest.mark.parametrize("name", ["birds.tar", "birds.parquet"])
def test_what_is_no_container_is_told(fresh, name):
    (fresh.folder / name).write_bytes(b"neither of the two" * 100)

    with pytest.raises(ContainerError, match=f"{name} cannot be read: "):
        found(fresh, f'"{name}"')


def test_parts_of_a_data_set_are_not_mixed(fresh, folder):
    (fresh.folder / "data").mkdir()
    hugging_face(fresh.folder / "data" / "train-00000-of-00001.parquet", folder, slice(0, 40))
    hugging_face(fresh.folder / "data" / "validation-00000-of-00001.parquet", folder)

    with pytest.raises(ClassFoldersError, match=r"the parts train, validation .* root = \["):
        found(fresh, '"data"')

    assert len(found(fresh, '["data/validation-00000-of-00001.parquet"]').images) == 70


def test_containers_that_call_classes_differently_are_told(fresh, folder):
    (fresh.folder / "data").mkdir()
    hugging_face(fresh.folder / "data" / "1.parquet", folder)
    hugging_face(fresh.folder / "data" / "2.parquet", folder, names=CLASSES[::-1])

    with pytest.raises(ContainerError, match="call their classes differently"):
        found(fresh, '"data"')


@pytest.mark.parametrize(
    ("root", "why"),
    [
        ('"gone.tar"', "does not exist; need a file"),
        ('["study.toml"]', "is no .tar, .parquet or .csv"),
        ("[]", "the list is empty"),
    ],
)
def test_a_root_that_cannot_be_is_told(fresh, root, why):
    with pytest.raises(StudyError, match=why):
        found(fresh, root)
