"""What lies among pictures and is none: counted and named, and never in the way."""

import shutil
from io import BytesIO

import pytest
from PIL import Image

from flows.pictures.find_images import find_images, find_outside
from flows.pictures.manifest import ClassFoldersError, ImagesError, TooManyRejectedError
from flows.study.images import OutOfDistribution
from flows.study.load import load_study
from tests.support import world


@pytest.fixture
def pictures(fresh):
    """The pictures of the world before its first run, 14 a class."""
    return fresh.folder / "pictures"


def heic():
    return b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100)


def test_pictures_are_known_by_content_where_names_do_not_say(fresh, pictures):
    with Image.open(pictures / "cat" / "000.png") as image:
        image.load()
    image.save(pictures / "cat" / "a.avif")
    image.save(pictures / "cat" / "b.AVIF", format="AVIF")
    for i, path in enumerate(sorted((pictures / "eel").iterdir())):
        path.rename(path.with_suffix("" if i % 2 else ".jpg_large"))

    manifest = find_images(load_study(fresh.study), fresh.root)

    assert dict(manifest.images["class_name"].value_counts().iter_rows()) == {
        "apple": 14, "boat": 14, "cat": 16, "drum": 14, "eel": 14,
    }  # fmt: skip
    assert manifest.passed_over.is_empty()


def test_what_is_passed_over_is_named_and_changes_no_run(made_once, fresh, pictures, capsys):
    for name in ("notes.txt", "cat/000.txt", "cat/001.txt", "cat/table.csv", "cat/.hidden.png"):
        (pictures / name).write_text("no picture")
    for name in ("cat/@eaDir", "#recycle", "__MACOSX"):
        shutil.copytree(pictures / "boat", pictures / name)
    shutil.copy(pictures / "cat" / "000.png", pictures / "cat" / "Thumbs.db")
    (pictures / "owl").mkdir()
    capsys.readouterr()

    fresh.run()

    assert fresh.outcome.run_id == made_once.outcome.run_id
    reasons = {row["path"]: row["reason"] for row in fresh.rows("from latest.rejected_images")}
    assert reasons == {
        "#recycle/": "#recycle: of a system or file server",
        "__MACOSX/": "__MACOSX: of a system or file server",
        "cat/@eaDir/": "@eaDir: of a system or file server",
        "cat/Thumbs.db": "Thumbs.db: of a system or file server",
        "cat/.hidden.png": "hidden",
        "cat/000.txt": "no picture by its content",
        "cat/001.txt": "no picture by its content",
        "cat/table.csv": "no picture by its content",
        "notes.txt": "no picture by its content",
        "owl/": "a class folder without a picture that can be used",
    }
    told = capsys.readouterr().err
    assert f"9 entries of {pictures} are passed over: no picture by its content (.txt) × 3" in told
    assert "have no usable picture: owl" in told


def test_pictures_that_cannot_be_read_count_as_refused(fresh, pictures):
    (pictures / "owl").mkdir()
    for i in range(3):
        (pictures / "owl" / f"IMG_{i}.HEIC").write_bytes(heic())
    nef = BytesIO()
    Image.new("RGB", (8, 8)).save(nef, "TIFF")
    (pictures / "owl" / "a.NEF").write_bytes(nef.getvalue())

    with pytest.raises(TooManyRejectedError, match=r"4 of 74 .* owl/IMG_0.HEIC: HEIC is not read"):
        find_images(load_study(fresh.study), fresh.root)

    fresh.rewrite('root = "pictures"', 'root = "pictures"\nmax_rejected = 0.1')
    manifest = find_images(load_study(fresh.study), fresh.root)
    assert "as cameras' raw files are" in dict(manifest.rejected.iter_rows())["owl/a.NEF"]
    assert manifest.passed_over["path"].to_list() == ["owl/"]
    assert manifest.images["class_name"].n_unique() == 5


def test_a_thousand_stray_files_are_a_line(fresh, pictures, capsys):
    for i in range(1000):
        (pictures / "cat" / f"{i}.txt").write_text(f"caption {i}")

    find_images(load_study(fresh.study), fresh.root)

    (line,) = [line for line in capsys.readouterr().err.splitlines() if "passed over" in line]
    assert "no picture by its content (.txt) × 1,000 (the first: cat/0.txt)" in line


def test_a_sample_names_no_class_empty_that_it_did_not_look_at(fresh, pictures):
    fresh.rewrite('root = "pictures"', 'root = "pictures"\nlimit = 3')

    manifest = find_images(load_study(fresh.study), fresh.root)

    assert manifest.images["class_name"].n_unique() == 3
    assert manifest.passed_over.is_empty()


@pytest.mark.parametrize("names", [["train", "val"], ["train", "val", "cat"], ["Training"]])
def test_the_parts_of_a_data_set_are_no_classes(fresh, pictures, names):
    for name in names:
        if name != "cat":
            world.draw_pictures(pictures.parent / "parts" / name, n_per_class=1)
        else:
            shutil.copytree(pictures / "cat", pictures.parent / "parts" / "cat")
    fresh.rewrite('root = "pictures"', 'root = "parts"')

    with pytest.raises(ClassFoldersError, match=r"parts [Tt]rain.* of a data set.* as images.root"):
        find_images(load_study(fresh.study), fresh.root)


def test_a_class_of_trains_and_other_pictures_may_be_called_so(fresh, pictures):
    (pictures / "cat").rename(pictures / "train")
    (pictures / "train" / "steam").mkdir()
    (pictures / "train" / "000.png").rename(pictures / "train" / "steam" / "000.png")
    for name in ("train", "val"):
        world.draw_pictures(fresh.folder / "others" / name, n_per_class=1, seed=1)

    study = load_study(fresh.study)
    assert find_images(study, fresh.root).images["class_name"].n_unique() == 5
    outside = OutOfDistribution(root=fresh.folder / "others")
    found = find_outside(study.model_copy(update={"out_of_distribution": outside}), fresh.root)
    assert len(found.images) == 10


def test_where_there_are_no_pictures_what_there_is_is_told(fresh, pictures):
    shutil.rmtree(pictures)
    (pictures / "cat").mkdir(parents=True)
    (pictures / "cat" / "a").write_bytes(heic())

    with pytest.raises(ImagesError, match=r"no pictures in .* of 1 entries, cat/a: HEIC is not re"):
        find_images(load_study(fresh.study), fresh.root)
