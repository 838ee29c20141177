import pytest

from sing_core.networks.prompts import fill, in_words, prompts, reworded


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("apple", "an image of an apple"),
        ("jeep", "an image of a jeep"),
        ("hourglass", "an image of an hourglass"),
        ("unicycle", "an image of a unicycle"),
        ("Arabian camel", "an image of an Arabian camel"),
        ("piece of clothing", "an image of a piece of clothing"),
        ("8-ball", "an image of an 8-ball"),
        ("18-wheeler", "an image of an 18-wheeler"),
        ("11,000 volt line", "an image of an 11,000 volt line"),
        ("80000 people", "an image of an 80000 people"),
        ("1812 musket", "an image of an 1812 musket"),
        ("2-door car", "an image of a 2-door car"),
        ("180 degree turn", "an image of a 180 degree turn"),
    ],
)
def test_the_article_fits_the_name(name, expected):
    assert fill("an image of a {}", name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a cappella", "an image of a cappella"),
        ("an hourglass", "an image of an hourglass"),
        ("the dog", "an image of the dog"),
        ("theater", "an image of a theater"),
    ],
)
def test_a_name_with_an_article_keeps_its_own(name, expected):
    assert fill("an image of a {}", name) == expected
    assert fill("{}", name) == name


def test_a_template_without_an_article_is_left_alone():
    assert fill("{}", "apple") == "apple"
    assert fill("a photo of the {}.", "apple") == "a photo of the apple."
    assert fill("An {} in the wild", "jeep") == "A jeep in the wild"
    assert fill("A {} in the wild", "the dog") == "The dog in the wild"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("great_white_shark", "great white shark"),
        ("001.Black_footed_Albatross", "Black footed Albatross"),
        (" bird", "bird"),
        ("Acura_TL_Sedan_2012", "Acura TL Sedan 2012"),
        ("Blade Runner (1982)", "Blade Runner (1982)"),
        ("3.5 inch floppy", "3.5 inch floppy"),
        ("_", "_"),
    ],
)
def test_names_of_folders_become_words(name, words):
    assert in_words(name) == words
    assert fill("a photo of the {}", name) == f"a photo of the {words}"
    assert bool(reworded(("{}",), [name])) == (name != words)


def test_prompts_that_were_worded_otherwise_before_are_known():
    names = ["jeep", "hourglass", "2-door car", "8-ball", "the dog", "c_d"]

    assert reworded(("a {}",), names) == ["an 8-ball", "the dog", "a c d"]
    assert reworded(("{}", "seen: {}"), names) == ["c d", "seen: c d"]


@pytest.mark.parametrize("template", ["an image", "{} and {}"])
def test_a_template_has_one_place_for_the_name(template):
    with pytest.raises(ValueError, match="must hold {} once"):
        fill(template, "apple")


def test_prompts_of_a_name_stand_together():
    assert prompts(("a {}", "the {}"), ["owl", "cat"]) == ["an owl", "the owl", "a cat", "the cat"]
