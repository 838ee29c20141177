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


def written(place, members):
    with tarfile.open(place / "birds.tar", "w") as archive:
        for name, content in members:
            add(archive, name, content)
    return '"birds.tar"'


def named(manifest):
    return {
        path.removeprefix("birds.tar/"): name
        for path, name in manifest.images.select("path", "class_name").rows()
    }


def test_the_class_is_the_surest_that_stands_beside_a_picture(fresh, folder):
    (_, one), (_, two), *_ = pictures(folder)
    fresh.rewrite("[images]", "[images]\nmax_rejected = 0.9")
    members = [
        ("x.00.jpg", one), ("x.00.cls", b"\xef\xbb\xbf07\n"), ("x.10.jpg", two), ("x.10.cls", b"7"),
        ("a.png", one), ("a.json", b'{"label": null, "class": 3, "x": 1}'), ("a.txt", b"a caption"),
        ("a.seg.png", two), ("b.PNG", two), ("b.CLS", b" 4 "), ("c.png", one), ("c.json", b"[1]"),
        ("d.png", one), ("d.json", b'{"label": ["bird"]}'),
    ]  # fmt: skip

    manifest = found(fresh, written(fresh.folder, members))

    assert named(manifest) == {
        "x.00.jpg": "7", "x.10.jpg": "7", "a.png": "3", "b.PNG": "4",
    }  # fmt: skip
    assert dict(manifest.passed_over.rows()) == {"birds.tar/a.seg.png": "a part of the sample a"}
    assert [path for path, _ in manifest.rejected.rows()] == ["birds.tar/c.png", "birds.tar/d.png"]


def test_class_folders_are_surer_than_notes_and_folders_around_them_say_nothing(fresh, folder):
    members = []
    for n, (index, content) in enumerate(pictures(folder)):
        members += [
            (f"data/v1/{CLASSES[index]}/2020.01.{n}.png", content),
            (f"data/v1/{CLASSES[index]}/2020.01.{n}.json", b'{"category": "no 5"}'),
            (f"data/v1/{CLASSES[index]}/2020.01.{n}.txt", f"picture {n}".encode()),
        ]

    assert known(found(fresh, written(fresh.folder, members))) == known(found(fresh, '"pictures"'))


def test_captions_are_no_classes(fresh, folder):
    members = []
    for n, (_, content) in enumerate(pictures(folder)):
        members += [(f"{n}.png", content), (f"{n}.txt", f"picture {n}".encode())]

    with pytest.raises(ContainerError, match="nearly every one tells another class .*: captions"):
        found(fresh, written(fresh.folder, members))


def test_parts_of_a_set_in_an_archive_are_no_classes(fresh, folder):
    members = [
        (f"{part}/{CLASSES[index]}/{n}.png", content)
        for part in ("train", "val")
        for n, (index, content) in enumerate(pictures(folder))
    ]

    with pytest.raises(ClassFoldersError, match="the parts train, val of a data set"):
        found(fresh, written(fresh.folder, members))


def test_nothing_is_lost_in_silence(fresh, folder):
    fresh.rewrite("[images]", "[images]\nmax_rejected = 0.9")
    place = fresh.folder / "shards"
    place.mkdir()
    as_tar(place, folder)
    whole = (place / "birds.tar").read_bytes()
    (place / "two.tar").write_bytes(whole + whole)  # one behind the other
    end = whole.rstrip(b"\0")
    (place / "unended.tar").write_bytes(end + bytes(-len(end) % 512))
    (place / "packed.tar.gz").write_bytes(b"\x1f\x8b")
    (place / "gone.tar").symlink_to(place / "nowhere.tar")
    (place / "more").mkdir()
    (place / "more" / "deep.tar").write_bytes(whole)
    (place / "._birds.tar").write_bytes(b"of a system")

    manifest = found(fresh, '"shards"')

    told = dict(manifest.rejected.rows()) | dict(manifest.passed_over.rows())
    assert sum("or another is behind it" in why for why in told.values()) == 2
    assert {"packed.tar.gz", "gone.tar", "more/deep.tar", "._birds.tar"} <= told.keys()
    assert len(manifest.images) == 3 * 70


def test_odd_members_are_told_one_by_one(fresh, folder):
    fresh.rewrite("[images]", "[images]\nmax_rejected = 0.9")
    (_, one), (_, two), *_ = pictures(folder)
    with tarfile.open(fresh.folder / "birds.tar", "w", format=tarfile.GNU_FORMAT) as archive:
        add(archive, "cat/a.png", one)
        link = tarfile.TarInfo("boat/linked.png")
        link.type, link.linkname = tarfile.LNKTYPE, "cat/a.png"
        archive.addfile(link)
        add(archive, "cat/a.png", two)
        add(archive, "cat/" + "long" * 1200 + ".png", one)
        archive.encoding = "latin-1"
        add(archive, "cat/vogel\xe4.png", one)

    manifest = found(fresh, '"birds.tar"')

    assert len(manifest.images) == 3
    assert named(manifest)["boat/linked.png"] == "boat"
    told = dict(manifest.rejected.rows()) | dict(manifest.passed_over.rows())
    assert told["birds.tar/cat/vogel\\xe4.png"] == "the name is not UTF-8; rename it"
    assert "the last is taken" in told["birds.tar/cat/a.png"]


@pytest.mark.parametrize("place", [0.2, 0.5, 0.8, 0.99])
def test_damaged_parquet_names_its_file(fresh, folder, place):
    fresh.rewrite("[images]", "[images]\nmax_rejected = 1")
    as_parquet(fresh.folder, folder)
    path = fresh.folder / "birds.parquet"
    content = bytearray(path.read_bytes())
    start = int(place * len(content))
    content[start : start + 60] = b"\xff" * len(content[start : start + 60])
    path.write_bytes(content)

    try:
        rejected = found(fresh, '"birds.parquet"').rejected.rows()
    except (ContainerError, ImagesError) as error:
        assert "birds.parquet" in str(error)
    else:
        assert all("birds.parquet" in name for name, _ in rejected)


@pytest.mark.parametrize(
    ("kind", "values"), [(pa.float64(), [0.0] * 70), (pa.list_(pa.int64()), [[0]] * 70)]
)
def test_classes_are_text_or_whole_numbers(fresh, folder, kind, values):
    table = pa.table({"img": [one for _, one in pictures(folder)], "label": pa.array(values, kind)})
    pq.write_table(table, fresh.folder / "birds.parquet")

    with pytest.raises(ContainerError, match="column label of .* need text or whole numbers"):
        found(fresh, '"birds.parquet"')


def test_a_page_says_what_a_changed_container_lacks(fresh, folder, monkeypatch):
    root = as_parquet(fresh.folder, folder)
    manifest = found(fresh, root)
    path, sha256 = manifest.images.select("path", "sha256").row(-1)
    hugging_face(fresh.folder / "birds.parquet", folder, slice(0, 10))

    with pytest.raises(page.NoPictureError, match="is not where it was, or has changed"):
        page._content([fresh.folder], path, sha256)


def test_a_container_may_be_a_link_as_in_a_hubs_cache(fresh, folder, tmp_path):
    as_parquet(tmp_path, folder)
    (fresh.folder / "data").mkdir()
    (fresh.folder / "data" / "train.parquet").symlink_to(tmp_path / "birds.parquet")
    manifest = found(fresh, '"data/train.parquet"')
    path, sha256 = manifest.images.select("path", "sha256").row(0)

    assert page._content([fresh.folder / "data"], path, sha256)
    for other in (f"../data/{path}", f"{tmp_path}/{path}"):
        with pytest.raises(page.NoPictureError):
            page._content([fresh.folder / "pictures"], other, sha256)


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
