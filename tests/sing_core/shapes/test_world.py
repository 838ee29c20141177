"""The made world: the same description is the same picture, and only what is changed changes."""

import hashlib
import re
import tomllib
from pathlib import Path

import inflect
import numpy as np
import pytest
from PIL import Image

import flows
from sing_core.shapes.captions import (
    ABSENT,
    Captioner,
    class_caption,
    group,
    phrase,
    truth,
    vocabulary,
)
from sing_core.shapes.network_input import to_input
from sing_core.shapes.outlines import outline
from sing_core.shapes.pictures import render_all
from sing_core.shapes.renderer import SIDE, render
from sing_core.shapes.scenes import ATTRIBUTES, CLASSES, Cue, codes, counterfactual, draw_scenes


@pytest.fixture(scope="module")
def scenes():
    return draw_scenes(480, seed=7)


def test_the_same_description_is_the_same_picture_byte_for_byte(scenes):
    again = draw_scenes(480, seed=7)

    pictures = np.stack([render(scene) for scene in scenes])

    assert again == scenes
    assert draw_scenes(320, seed=8) != scenes
    assert draw_scenes(480, seed=7, correlated=0.0) == scenes
    np.testing.assert_array_equal(pictures, render_all(again))
    # Also on another day and machine. If drawing is changed, raise RENDERER_VERSION with this.
    digest = hashlib.sha256(pictures[:64].tobytes()).hexdigest()
    assert digest == "b5cb13782acdc17567956edbc5ef67b03ab7d328d9b8889ea30cafa68e8f6534"


@pytest.mark.parametrize("attribute", list(ATTRIBUTES))
def test_every_value_shows(scenes, attribute):
    # Blurred round things may look the same tilted; every other change is to be seen.
    scene = scenes[5].changed("blur", "sharp").changed("distractors", "few")
    pictures = {
        render(scene.changed(attribute, value)).tobytes() for value in ATTRIBUTES[attribute]
    }

    assert len(pictures) == len(ATTRIBUTES[attribute])


def test_a_change_of_one_attribute_changes_nothing_else(scenes):
    for scene in scenes[:40]:
        plain = scene.changed("blur", "sharp").changed("distractors", "none")
        before = render(plain).astype(int)
        recolored = render(counterfactual(plain, "fill_color", np.random.default_rng(0)))
        changed = (before != recolored).any(axis=2)
        # Only the shape's own pixels: none in the corners, none where the background is.
        assert changed.any()
        other = render(plain.changed("background_color", _other(plain.background_color)))
        inside = changed & (before != other).any(axis=2)
        assert inside.sum() < 0.35 * changed.sum()  # pixels of the edge are both


def _other(color):
    return "blue" if color != "blue" else "red"


def test_a_counterfactual_differs_in_one_attribute(scenes):
    rng = np.random.default_rng(0)
    for attribute, column in zip(ATTRIBUTES, range(len(ATTRIBUTES)), strict=True):
        changed = [counterfactual(scene, attribute, rng) for scene in scenes]
        differs = codes(scenes) != codes(changed)
        assert differs[:, column].all()
        assert not np.delete(differs, column, axis=1).any()
        assert [scene.seed for scene in changed] == [scene.seed for scene in scenes]


def test_a_shape_covers_about_what_its_outline_says():
    for shape in CLASSES:
        scene = draw_scenes(1, 0)[0]
        scene = type(scene)(
            shape, "red", "blue", "plain", "solid", "large", "center", "upright", "none", "sharp",
            "bright", seed=1,
        )  # fmt: skip
        polygon, hole = outline(shape)
        area = _area(polygon) - (0 if hole is None else _area(hole))
        red = render(scene)[..., 0].astype(int) > render(scene)[..., 2].astype(int) + 40
        radius = 19.5 + 2.5 * (np.random.default_rng(1).uniform(-1, 1, 8)[1] + 1) / 2
        assert red.sum() == pytest.approx(area * radius**2, rel=0.12), shape


def _area(polygon):
    x, y = polygon.T
    return abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2


def test_correlated_attributes_go_with_the_class_and_with_each_other():
    described = codes(draw_scenes(16_000, seed=1, correlated=0.5))

    def expected(a, b):
        """Chance of two values in a table of all pairs, if they were independent."""
        return np.outer(np.bincount(a), np.bincount(b)) / len(a)

    for a, b in [(0, 1), (1, 2), (4, 10)]:  # class and color, two colors, texture and brightness
        one, other = described[:, a], described[:, b]
        seen = np.zeros_like(expected(one, other))
        np.add.at(seen, (one, other), 1)
        chi = np.square(seen - expected(one, other)) / expected(one, other)
        assert chi.sum() > 20 * seen.size
    assert np.bincount(described[:, 0]).tolist() == [1000] * 16


def test_values_are_independent_and_classes_balanced():
    described = codes(draw_scenes(16_000, seed=1))

    assert set(np.bincount(described[:, 0])) == {1000}
    for a in range(len(ATTRIBUTES)):
        for b in range(a):
            table = np.histogram2d(described[:, a], described[:, b], bins=_bins(a, b))[0]
            expected = table.sum(1)[:, None] * table.sum(0) / table.sum()
            freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
            chi2 = ((table - expected) ** 2 / expected).sum()
            assert chi2 < freedom + 5 * np.sqrt(2 * freedom)


def _bins(a, b):
    sizes = [len(values) for values in ATTRIBUTES.values()]
    return [np.arange(sizes[a] + 1) - 0.5, np.arange(sizes[b] + 1) - 0.5]


def test_a_cue_goes_with_the_class_as_often_as_it_says():
    described = codes(draw_scenes(16_000, seed=1, cue=Cue("background_color", 0.9)))
    column = list(ATTRIBUTES).index("background_color")

    told = (described[:, column] == described[:, 0] % 8).mean()

    assert told == pytest.approx(0.9 + 0.1 / 8, abs=0.01)


def test_a_value_that_is_none_is_refused(scenes):
    with pytest.raises(ValueError, match="fill_color is 'mauve'; need one of red, orange"):
        scenes[0].changed("fill_color", "mauve")


def test_every_caption_is_true_of_its_scene_and_says_what_it_claims(scenes):
    captioner = Captioner(0)
    captions = [captioner.caption(scene) for scene in scenes * 5]

    true = truth(captions, codes(scenes))

    assert true[np.arange(len(captions)), np.arange(len(captions)) % len(scenes)].all()
    for caption, row in zip(captions[:400], true[:400], strict=True):
        for scene, is_true in zip(scenes, row, strict=True):
            by_hand = all(getattr(scene, name) in values for name, values in caption.claims.items())
            assert is_true == by_hand
        claimed = [v for values in caption.claims.values() for v in values if len(values) == 1]
        plain = {"normal", "center", "none", "few", "many", "ring", "heart"}
        assert all(value in caption.text for value in claimed if value not in plain)
    assert len({caption.text for caption in captions}) > 1000


def test_articles_fit():
    captioner = Captioner(1)
    texts = [captioner.caption(scene).text for scene in draw_scenes(2000, 3)]
    texts += [words for _, words in vocabulary()]
    found = {pair for text in texts for pair in re.findall(r"\ban? [a-z]+", text)}
    engine = inflect.engine()

    assert len(found) > 50
    assert found == {engine.a(pair.split()[1]) for pair in found}
    assert class_caption("arrow").text == "an image of an arrow"


def test_the_vocabulary_has_a_phrase_for_every_value_and_controls():
    pairs = vocabulary()
    phrases = [words for _, words in pairs]

    assert len(set(pairs)) == len(pairs) >= 60
    for attribute, values in ATTRIBUTES.items():
        mine = [words for name, words in pairs if name == group(attribute)]
        assert mine == [phrase(attribute, value) for value in values]
        assert len(set(mine)) == len(values)
    assert set(ABSENT) <= set(phrases)
    world = " ".join(Captioner(0).caption(scene).text for scene in draw_scenes(3000, 5))
    for words in ABSENT:
        assert words.split()[-1] not in world.split()


def test_the_networks_input_is_what_their_transforms_make():
    from timm.data import create_transform

    study = tomllib.loads((Path(flows.__file__).parent / "studies/demo.toml").read_text())
    overlays = [model["args"]["pretrained_cfg_overlay"] for model in study["models"]]
    assert all(overlay == overlays[0] for overlay in overlays)
    picture = render(draw_scenes(1, 0)[0])
    settings = {**overlays[0], "input_size": tuple(overlays[0]["input_size"])}
    transform = create_transform(**settings, interpolation="bicubic", is_training=False)

    by_timm = transform(Image.fromarray(picture)).numpy()

    np.testing.assert_allclose(to_input(picture[None])[0].numpy(), by_timm, atol=1e-6)
    assert by_timm.shape == (3, SIDE, SIDE)
