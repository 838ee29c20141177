import unicodedata

import pytest
from timm.data import ImageNetInfo

from flows.study.class_names import (
    AmbiguousClassError,
    index_of,
    told_apart,
    unique_names,
    words_of,
)


def test_every_class_has_a_name_of_its_own():
    synonyms = [
        ["crane"],
        ["jeep", "landrover"],
        ["maillot"],
        ["maillot", "tank suit"],
        ["crane"],
        ["drake", "duck"],
        ["drake", "duck"],
    ]

    assert unique_names(synonyms) == [
        "crane (0)", "jeep", "maillot", "tank suit", "crane (4)", "drake (5)", "drake (6)",
    ]  # fmt: skip


@pytest.mark.parametrize("subset", ["imagenet-1k", "imagenet-12k", "imagenet-22k"])
def test_imagenets_names_are_unique(subset):
    info = ImageNetInfo(subset)
    synonyms = [info.index_to_description(i).split(", ") for i in range(info.num_classes())]

    names = unique_names(synonyms)

    assert len(set(names)) == len(names)
    same = [name == first[0] for name, first in zip(names, synonyms, strict=True)]
    if subset == "imagenet-1k":
        assert [names[i] for i in (134, 517, 638, 639)] == [
            "crane (134)", "crane (517)", "maillot", "tank suit",
        ]  # fmt: skip
        assert sum(same) == 997


def test_a_name_that_several_classes_share_is_asked_for():
    names = {0: "crane (0)", 3: "jeep", 4: "crane (4)", 7: "drake (7)"}

    assert index_of("crane (4)", names) == 4
    assert index_of("drake", names) == 7
    assert index_of("cranes", names) is None
    with pytest.raises(
        AmbiguousClassError, match=r"'crane' .* 2 classes; .* crane \(0\), crane \("
    ):
        index_of("crane", names)


def test_so_is_one_of_a_run_that_did_not_tell_them_apart():
    names = {134: "crane", 517: "crane", 609: "jeep"}

    assert told_apart(names) == ["crane (134)", "crane (517)", "jeep"]
    assert index_of("crane (517)", names) == 517
    with pytest.raises(AmbiguousClassError, match=r"crane \(134\), crane \(517\)"):
        index_of("crane", names)


def test_names_are_compared_in_one_form_of_unicode():
    typed, of_a_mac = "père", unicodedata.normalize("NFD", "père")
    assert typed != of_a_mac

    assert index_of(typed, {0: of_a_mac}) == index_of(of_a_mac, {0: typed}) == 0
    assert unique_names([[typed], [of_a_mac]]) == [f"{typed} (0)", f"{of_a_mac} (1)"]


def test_a_class_is_called_without_the_index_that_tells_it_apart():
    assert words_of(["crane (0)", "jeep", "crane (2)", "Apollo (13)", "(4)"]) == [
        "crane", "jeep", "crane", "Apollo (13)", "(4)",
    ]  # fmt: skip
