from pathlib import Path

from timm.data import ImageNetInfo

from flows.made_world.demo import STUDY
from flows.study.class_lists import chosen_folders, given_classes
from flows.study.class_subsets import CLASS_SUBSETS
from flows.study.load import load_study

#: The names in the paper's figure 4, and the one of timm's synonyms that only this class has.
FIGURE_4 = {
    "Jeep": "jeep", "Lionfish": "lionfish", "Anemone Fish": "anemone fish",
    "Minivan": "minivan", "Arabian Camel": "Arabian camel", "Starfish": "starfish",
    "Shark": "great white shark", "Pirate": "pirate ship", "Chimpanzee": "chimpanzee",
    "Sports Car": "sports car", "Catamaran": "catamaran", "Jellyfish": "jellyfish",
    "Goldfish": "goldfish", "Sealion": "sea lion", "Porcupine": "porcupine",
    "Gazelle": "gazelle",
}  # fmt: skip


def file(name: str) -> Path:
    return STUDY.parent / f"{name}.toml"


def test_figure_4s_classes_are_those_that_it_names():
    info = ImageNetInfo("imagenet-1k")

    folders = {
        label: info.index_to_description(i).split(", ")
        for i, label in enumerate(info.label_names())
    }

    named = [
        [label for label, synonyms in folders.items() if synonym in synonyms]
        for synonym in FIGURE_4.values()
    ]
    assert named == [[folder] for folder in CLASS_SUBSETS["figure-4"]]


def test_figure_4_can_be_asked_for_in_a_study(tmp_path):
    text = file("paper").read_text()
    assert '\n# classes = "figure-4" ' in text
    (tmp_path / "a.toml").write_text(text.replace('# classes = "', 'classes = "'))

    images = load_study(tmp_path / "a.toml", random_weights=True).images

    assert chosen_folders(images, given_classes(images)) == set(CLASS_SUBSETS["figure-4"])
