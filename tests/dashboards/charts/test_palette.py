import itertools

import numpy as np
import pytest

from dashboards.charts.palette import HUES, Palette

#: Machado, Oliveira and Fernandes (2009), severity 1: linear RGB as seen with each deficiency.
SEEN = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "none": np.eye(3).tolist(),
}  # fmt: skip


def linear(hue):
    value = np.array([int(hue[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ rgb / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("deficiency", SEEN)
def test_hues_are_told_apart_with_every_color_vision(deficiency):
    seen = [lab(np.clip(np.array(SEEN[deficiency]) @ linear(hue), 0, 1)) for hue in HUES]

    apart = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]

    assert min(apart) > 18, sorted(apart)[:3]


@pytest.mark.parametrize("ground", ["#ffffff", "#171614"])
def test_hues_have_contrast_on_light_and_dark_ground(ground):
    luminance = [float(linear(hue) @ [0.2126, 0.7152, 0.0722]) for hue in (*HUES, ground)]
    ratios = [
        (max(hue, luminance[-1]) + 0.05) / (min(hue, luminance[-1]) + 0.05)
        for hue in luminance[:-1]
    ]

    assert min(ratios) > 2.6, dict(zip(HUES, ratios, strict=True))


def test_a_model_keeps_its_color_whatever_is_shown_beside_it():
    whole, again = Palette(["b", "a", "c"]), Palette(["c", "b", "a"])

    assert [whole.of(m) for m in "abc"] == [again.of(m) for m in "abc"] == list(HUES[:3])


def test_no_two_of_many_models_share_color_and_shape():
    models = [f"m{i:02}" for i in range(48)]
    palette = Palette(models)

    shapes = palette.shape().to_dict()["scale"]["range"]
    looks = {(palette.of(model), shape) for model, shape in zip(models, shapes, strict=True)}

    assert len(looks) == 48
