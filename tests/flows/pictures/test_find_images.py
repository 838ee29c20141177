"""Which pictures a study takes, of folders that hold more."""

import pytest

from flows.pictures.find_images import find_images
from flows.pictures.manifest import ClassFoldersError, ImagesError
from flows.runs.which_run import _NOT_IN_KEY
from flows.study.load import load_study
from tests.support import world
from warehouse.layout import DataRoot


@pytest.fixture
def found(tmp_path):
    """Find the pictures of a small study with some lines added to its images."""
    world.save_space(tmp_path / "clip")
    world.save_model(tmp_path / "res.safetensors", "test_resnet", 1, num_classes=5)
    world.save_model(tmp_path / "byob.safetensors", "test_byobnet", 2, num_classes=5)
    world.draw_pictures(tmp_path / "pictures", n_per_class=3)
    (tmp_path / "concepts.txt").write_text("red\n")
    (tmp_path / "names.txt").write_text("".join(f"{name}\n" for name in world.CLASSES))

    def find(lines=""):
        text = world.STUDY.replace('root = "pictures"', f'root = "pictures"\n{lines}')
        (tmp_path / "study.toml").write_text(text)
        return find_images(load_study(tmp_path / "study.toml"), DataRoot(tmp_path / "data"))

    return find


@pytest.mark.parametrize("names", ["", 'class_names = "names.txt"\n'])
def test_only_the_chosen_classes_are_taken_and_keep_their_places(found, tmp_path, names):
    (tmp_path / "pictures" / "boat" / "gone.png").symlink_to("nothing")

    everything = found(f"max_rejected = 1\n{names}")
    some = found(f'{names}classes = ["eel", "cat"]')

    columns = ["image_id", "path", "class_index", "class_name", "split"]
    chosen = everything.images.filter(everything.images["class_name"].is_in(["cat", "eel"]))
    assert some.images.select(columns).equals(chosen.select(columns))
    assert some.images["class_index"].unique().sort().to_list() == [2, 4]
    assert some.classes.names == list(world.CLASSES)
    # What is wrong in other classes is no concern of this study.
    assert everything.rejected["path"].to_list() == ["boat/gone.png"]
    assert some.rejected.is_empty()


def test_classes_that_are_not_there_are_told(found, tmp_path):
    with pytest.raises(ClassFoldersError, match="there is no class 'eels'; .* eel"):
        found('classes = ["eels"]')
    for path in (tmp_path / "pictures" / "eel").iterdir():
        path.unlink()
    with pytest.raises(ImagesError, match="no pictures of the classes that images.classes names"):
        found('class_names = "names.txt"\nclasses = ["eel"]')


def test_the_key_of_a_run_goes_by_the_pictures_not_by_how_they_were_chosen(found, tmp_path):
    found()

    study = load_study(tmp_path / "study.toml").model_dump(exclude=_NOT_IN_KEY)

    # As it was before there was a choice: a key more would give stored runs of every study new ids.
    assert set(study["images"]) == {"shapes", "max_rejected", "limit", "limit_per_class", "seed"}


def test_folders_and_names_may_have_different_forms_of_unicode(found, tmp_path):
    typed, of_a_mac = "p\u00e8re", "pe\u0300re"
    (tmp_path / "pictures" / "cat").rename(tmp_path / "pictures" / of_a_mac)
    (tmp_path / "names.txt").write_text(f"apple\nboat\n{typed}\ndrum\neel\n")

    manifest = found(f'class_names = "names.txt"\nclasses = ["{typed}", "eel"]')

    assert set(manifest.images.select("class_index", "class_name").iter_rows()) == {
        (2, typed), (4, "eel"),
    }  # fmt: skip
    assert all(manifest.read(path) for path in manifest.images["path"])


def test_two_folders_of_one_name_are_told(found, tmp_path):
    (tmp_path / "pictures" / "cat").rename(tmp_path / "pictures" / "p\u00e8re")
    (tmp_path / "pictures" / "eel").rename(tmp_path / "pictures" / "pe\u0300re")

    with pytest.raises(
        ClassFoldersError, match=r"two have the name .* \('pe\\u0300re' and 'p\\xe8"
    ):
        found()


@pytest.mark.parametrize("width", [1, 3])
def test_folders_may_be_indices(found, tmp_path, width, capsys):
    # As lists of ImageNet's classes have them: two of the names are one.
    (tmp_path / "names.txt").write_text("apple\ncrane\ncat\ncrane\neel\n")
    for i, name in enumerate(world.CLASSES):
        (tmp_path / "pictures" / name).rename(tmp_path / "pictures" / f"{i:0{width}}")

    everything = found('class_names = "names.txt"')
    some = found('class_names = "names.txt"\nclasses = ["crane (3)", "cat"]')

    named = ["apple", "crane (1)", "cat", "crane (3)", "eel"]
    assert everything.classes.names == named
    assert set(everything.images.select("class_index", "class_name").iter_rows()) == set(
        enumerate(named)
    )
    assert set(some.images["class_index"]) == {2, 3}
    assert "are classes by index: " + "0" * width + " is apple" in capsys.readouterr().err


def test_a_folder_that_may_be_two_classes_is_asked_for(found, tmp_path):
    (tmp_path / "names.txt").write_text("apple\nboat\ncat\ncat\neel\n")
    (tmp_path / "pictures" / "drum").rename(tmp_path / "drum")

    with pytest.raises(
        ClassFoldersError, match=r"'cat' .* cat \(2\), cat \(3\), .*folder<tab>name"
    ):
        found('class_names = "names.txt"')
    (tmp_path / "names.txt").write_text("apple\tapple\nboat\tboat\ncat\tcat\nx\tcat\neel\teel")
    assert "cat (2)" in set(found('class_names = "names.txt"').images["class_name"])


def test_indices_beyond_the_list_are_no_classes(found, tmp_path):
    for i, name in enumerate(world.CLASSES):
        (tmp_path / "pictures" / name).rename(tmp_path / "pictures" / f"{i + 1}")

    with pytest.raises(ClassFoldersError, match=r"5 folders of .*, or by their index from 0"):
        found('class_names = "names.txt"')
