import pytest

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
    folders, names = ["n1", "n2", "n3", "n4"], ["crane", "crane", "sports car", "jeep"]
    classes = ClassList(folders, names, are_heads=True)

    def chosen(*some):
        return chosen_folders(images.model_copy(update={"classes": some}), classes)

    assert chosen_folders(images, classes) == {"n1", "n2", "n3", "n4"}
    assert chosen("n1", "sports car") == {"n1", "n3"}
    with pytest.raises(ValueError, match="no class 'sport car'; known by folder or name: sports c"):
        chosen("sport car", "jeep")
    with pytest.raises(ValueError, match="no class 'sport car' and 1 more of the list; known"):
        chosen("sport car", "ship")
    with pytest.raises(ValueError, match="'crane' is the name of 2 classes; give .* of n1, n2"):
        chosen("crane")
