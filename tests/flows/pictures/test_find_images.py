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
