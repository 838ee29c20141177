"""ImageNet's two cranes: a run over both, and questions that mean one of them."""

import re

import numpy as np
import pytest

from flows import cli
from flows.analyses.decompose_heads import NoSuchClassError
from flows.analyses.steer_images import NoSuchTargetError
from tests.support import world
from tests.support.made import Made, copied
from warehouse.layout import DataRoot

#: A bird, a machine, and a jeep.
FOLDERS = {"apple": "n02012849", "boat": "n03126707", "cat": "n03594945"}


@pytest.fixture(scope="module")
def cranes_once(tmp_path_factory):
    """A finished run with a head of ImageNet's thousand classes; not to be changed."""
    folder = tmp_path_factory.mktemp("cranes")
    world.make(folder)
    for name in world.CLASSES:
        drawn = folder / "pictures" / name
        if name in FOLDERS:
            drawn.rename(folder / "pictures" / FOLDERS[name])
    for name in ("drum", "eel"):
        for path in (folder / "pictures" / name).iterdir():
            path.unlink()
        (folder / "pictures" / name).rmdir()
    world.save_model(folder / "res.safetensors", "test_resnet", 1, num_classes=1000)
    text = (folder / "study.toml").read_text()
    start, end = text.index('[[models]]\nid = "byob"'), text.index("[concepts]")
    text = text[:start] + text[end:]
    text = text.replace('"pictures"', '"pictures"\nclass_names = "imagenet-1k"')
    # A thousand classes leave no direction of 96 features alone; three of them do.
    text += '\n[null_space]\nmode = "classes"\nclasses = ["crane (134)", "crane (517)", "jeep"]\n'
    (folder / "study.toml").write_text(text)
    made = Made(folder / "study.toml", DataRoot(folder / "data"))
    made.run()
    return made


@pytest.fixture
def ask(cranes_once, capsys):
    def call(*arguments):
        code = cli.command([*map(str, arguments), "--data", str(cranes_once.root.path)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_a_run_over_both_is_published_with_a_name_for_each(cranes_once):
    rows = cranes_once.rows(
        "select class_index, class_name, count(*) as n from latest.images group by all order by 1"
    )

    assert [tuple(row.values()) for row in rows] == [
        (134, "crane (134)", 14), (517, "crane (517)", 14), (609, "jeep", 14),
    ]  # fmt: skip
    targets = cranes_once.rows("select distinct target from latest.steering order by 1")
    assert [row["target"] for row in targets] == ["crane (134)", "crane (517)", "jeep"]
    (model,) = cranes_once.rows("select null_classes from latest.models")
    assert model["null_classes"] == "134 517 609"


def test_both_are_embedded_by_their_word(cranes_once):
    from flows.features.networks import load_space
    from flows.questions.published_run import PublishedRun
    from flows.study.load import load_study

    class_texts, _ = PublishedRun.named("small", cranes_once.root).texts()
    space = load_space(load_study(cranes_once.study).space)

    (crane, suit) = space.embed_texts(["an image of a crane", "an image of a tank suit"], ("{}",))
    np.testing.assert_allclose(class_texts[[134, 517, 639]], [crane, crane, suit], atol=1e-6)


@pytest.mark.parametrize(
    "question",
    [
        ["findings", "small", "--class", "crane"],
        ["phrase", "small", "red", "--class", "crane"],
        ["steer", "{study}", "--from", "crane", "--to", "red"],
        ["steer", "{study}", "--from", "jeep", "--to", "crane"],
    ],
)
def test_a_name_of_both_is_asked_for(cranes_once, ask, question):
    code, out, err = ask(*(word.format(study=cranes_once.study) for word in question))

    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "'crane' is the name of 2 classes; give one of crane (134), crane (517)" in err


def test_each_can_be_asked_for(cranes_once, ask):
    (n,) = cranes_once.rows(
        "select count(*) as n from latest.concept_scores where class_index = 517"
    )

    code, out, _ = ask("findings", "small", "--class", "crane (517)")
    assert code == 0
    *own, shared = out.splitlines()
    assert 0 < len(own) <= n["n"]
    assert all("crane (517) images" in line for line in own)
    assert "images of all classes move" in shared
    code, out, _ = ask("phrase", "small", "red", "--class", "crane (517)", "--json")
    assert code == 0
    assert out.count("class_name") == out.count('"crane (517)"') == 1
    code, out, _ = ask("steer", cranes_once.study, "--from", "crane (134)", "--to", "crane (517)")
    assert code == 0
    assert re.search(r"│ res\s+│\s+14 │", out)


def test_a_study_that_names_both_is_asked_too(cranes_once, tmp_path):
    made = copied(cranes_once, tmp_path / "again")
    made.rewrite('classes = ["crane (134)", "crane (517)", "jeep"]', 'classes = ["crane"]')
    with pytest.raises(NoSuchClassError, match=r"null_space.classes: 'crane' .* crane \(134\)"):
        made.run()
    made.rewrite('classes = ["crane"]', 'classes = ["jeep"]\n[steering]\ntargets = ["crane"]')
    with pytest.raises(NoSuchTargetError, match=r"steering.targets: 'crane' .* crane \(134\)"):
        made.run()
