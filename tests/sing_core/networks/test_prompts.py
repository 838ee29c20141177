import pytest

from sing_core.networks.prompts import fill, prompts


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("apple", "an image of an apple"),
        ("jeep", "an image of a jeep"),
        ("hourglass", "an image of an hourglass"),
        ("unicycle", "an image of a unicycle"),
        ("Arabian camel", "an image of an Arabian camel"),
        ("piece of clothing", "an image of a piece of clothing"),
    ],
)
def test_the_article_fits_the_name(name, expected):
    assert fill("an image of a {}", name) == expected


def test_a_template_without_an_article_is_left_alone():
    assert fill("{}", "apple") == "apple"
    assert fill("a photo of the {}.", "apple") == "a photo of the apple."
    assert fill("An {} in the wild", "jeep") == "A jeep in the wild"


@pytest.mark.parametrize("template", ["an image", "{} and {}"])
def test_a_template_has_one_place_for_the_name(template):
    with pytest.raises(ValueError, match="must hold {} once"):
        fill(template, "apple")


def test_prompts_of_a_name_stand_together():
    assert prompts(("a {}", "the {}"), ["owl", "cat"]) == ["an owl", "the owl", "a cat", "the cat"]
