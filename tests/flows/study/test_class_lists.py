import pytest
from timm.data import ImageNetInfo

from flows.study.class_lists import ClassList, chosen_folders, given_classes
from flows.study.load import load_study


def test_imagenet_names_come_from_timm(study):
    images = load_study(study()).images.model_copy(update={"class_names": "imagenet-1k"})

    classes = given_classes(images)

    assert (len(classes.folders), len(classes.names)) == (1000, 1000)
    assert (classes.folders[817], classes.names[817]) == ("n04285008", "sports car")
    assert classes.are_heads


def test_classes_are_chosen_by_folder_or_name(study):
    images = load_study(study()).images
    folders = ["n1", "n2", "n3", "n4"]
    names = ["crane (0)", "crane (1)", "sports car", "jeep"]
    classes = ClassList(folders, names, are_heads=True)

    def chosen(*some):
        return chosen_folders(images.model_copy(update={"classes": some}), classes)

    assert chosen_folders(images, classes) == {"n1", "n2", "n3", "n4"}
    assert chosen("n1", "sports car") == {"n1", "n3"}
    assert chosen("crane (1)") == {"n2"}
    with pytest.raises(ValueError, match="no class 'sport car'; known by folder or name: sports c"):
        chosen("sport car", "jeep")
    with pytest.raises(ValueError, match="no class 'sport car' and 1 more of the list; known"):
        chosen("sport car", "ship")
    with pytest.raises(ValueError, match="'crane' is the name of 2 classes; give .* of n1, n2"):
        chosen("crane")


@pytest.fixture
def listed(study, tmp_path):
    """The classes of a file of names."""

    def read(text):
        file = tmp_path / "names.txt"
        file.write_text(text)
        images = load_study(study()).images.model_copy(update={"class_names": file})
        return given_classes(images)

    return read


def test_a_list_may_name_folders_beside_classes(listed):
    classes = listed("d1\tgreat white shark\nd2\tcrane\n\nd3 x\tcrane\n")

    assert classes.folders == ["d1", "d2", "d3 x"]
    assert classes.names == ["great white shark", "crane (1)", "crane (2)"]


def test_imagenets_own_list_is_read_as_it_is(listed, study):
    by_timm = load_study(study()).images.model_copy(update={"class_names": "imagenet-1k"})
    info = ImageNetInfo("imagenet-1k")
    lines = [
        f"{folder} {info.index_to_description(i)}\n"
        for i, folder in enumerate(info.label_names())
    ]  # fmt: skip

    assert lines[1] == "n01443537 goldfish, Carassius auratus\n"
    assert listed("".join(lines)) == given_classes(by_timm)


def test_names_that_repeat_are_told_apart_and_others_stay_as_they_are(listed):
    classes = listed("crane\njeep, landrover\ncrane\nnice\tday or not\n n0 x\n")

    assert classes.names == [
        "crane (0)",
        "jeep, landrover",
        "crane (2)",
        "nice\tday or not",
        "n0 x",
    ]
    assert classes.folders == classes.names
