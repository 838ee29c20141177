import pytest

from flows.study.load import StudyError, load_study
from flows.study.study import Study
from tests.support import world


def test_a_study_is_one_frozen_value_with_defaults(study, folder):
    loaded = load_study(study())

    assert isinstance(loaded, Study)
    assert loaded.images.root == folder / "pictures"
    assert loaded.images.max_rejected == 0.05
    assert loaded.space.templates == ("an image of a {}",)
    assert loaded.space.name == "clip"
    assert [model.id for model in loaded.models] == ["res", "byob"]
    with pytest.raises(Exception, match="frozen"):
        loaded.name = "other"


def test_variables_and_home_are_expanded(study, folder, monkeypatch):
    monkeypatch.setenv("WORLD", str(folder))
    monkeypatch.setenv("HOME", str(folder))

    loaded = load_study(
        study(('"pictures"', '"$WORLD/pictures"'), ('"concepts.txt"', '"~/concepts.txt"'))
    )

    assert loaded.images.root == folder / "pictures"
    assert loaded.concepts.file == folder / "concepts.txt"


BAD = {
    "colour is not a known key; known here: name, images, space, models": (
        ('name = "small"', 'name = "small"\ncolour = 1'),
    ),
    "images.rot is not a known key; known here: root, shapes, table": (("root =", "rot ="),),
    "images: needs either root .*, shapes .* or table .*, not neither": (
        ('root = "pictures"', "limit = 5"),
    ),
    "images.classes: need a list of classes, or a known subset, not 'figure-5'; known: figure-4": (
        ('"pictures"', '"pictures"\nclasses = "figure-5"'),
    ),
    "images.classes: need at least one class": (('"pictures"', '"pictures"\nclasses = []'),),
    "images.classes[1]: input should be a valid string, got 7": (
        ('"pictures"', '"pictures"\nclasses = [7]'),
    ),
    "pictures2 does not exist \\(\\$NO_SUCH is not set\\); need a folder": (
        ('"pictures"', '"$NO_SUCH/pictures2"'),
    ),
    "pictures2 does not exist; need a folder": (('"pictures"', '"pictures2"'),),
    "concepts.txt is not a folder; need a folder": (('"pictures"', '"concepts.txt"'),),
    "timm knows no model 'test_resnett'; known: test_resnet": (("test_resnet", "test_resnett"),),
    "models[1].checkpoint: .*gone.safetensors does not exist": (("res.saf", "gone.saf"),),
    "two models have the id 'res'": (('"byob"', '"res"'),),
    "two models have the id 'res' ": (('"byob"', '"RES"'),),
    "needs either checkpoint .* or pretrained .*, not neither": (
        ('checkpoint = "res.safetensors"', ""),
    ),
    "needs either checkpoint .* or pretrained .*, not both": (
        ('checkpoint = "res.safetensors"', 'checkpoint = "res.safetensors"\npretrained = true'),
    ),
    "timm's test_resnet has no tag 'best'; known: r160_in1k": (
        ('checkpoint = "res.safetensors"', 'pretrained = "best"'),
    ),
    "open_clip knows no model 'ViT-B-33'; known: ViT-B-32": (("local-dir:clip", "ViT-B-33"),),
    "pretrained is missing; ViT-B-32 has openai": (("local-dir:clip", "ViT-B-32"),),
    "clop holds no open_clip_config.json": (("local-dir:clip", "local-dir:clop"),),
    "must hold {} once": (('"local-dir:clip"', '"local-dir:clip"\ntemplates = ["an image"]'),),
    "concepts.file: .*none.txt does not exist": (("concepts.txt", "none.txt"),),
    "null_space.mode: input should be 'exact', 'softmax', 'approx' or 'classes', got 'guess'": (
        ("[concepts]", '[null_space]\nmode = "guess"\n[concepts]'),
    ),
    "rank and rtol all say where to cut": (
        ("[concepts]", "[null_space]\nrank = 3\nrtol = 0.1\n[concepts]"),
    ),
    "images.max_rejected: input should be less than or equal to 1, got 7": (
        ('"pictures"', '"pictures"\nmax_rejected = 7'),
    ),
    "num_classes must not be in args": (("args = {", "args = { num_classes = 3,"),),
    "name: need letters, digits": (('name = "small"', 'name = "a/b"'),),
    "is not valid TOML": (('name = "small"', "name = small"),),
    "images.root: need a path, got ''": (('root = "pictures"', 'root = ""'),),
    "images.limit: input should be a valid integer, got True": (
        ('"pictures"', '"pictures"\nlimit = true'),
    ),
    "analysis.seed: input should be greater than or equal to 0, got -5": (
        ("shard_size = 16", "seed = -5"),
    ),
    "analysis.bootstrap_draws: input should be less than or equal to 100000": (
        ("bootstrap_draws = 200", "bootstrap_draws = 1000000000000"),
    ),
    "need a list \\(\\[\\[models\\]\\] for sections\\)": (
        ('[[models]]\nid = "res"', '[models]\nid = "res"'),
        ('[[models]]\nid = "byob"', '[models.x]\nid = "byob"'),
    ),
    "need at least one template": (('"local-dir:clip"', '"local-dir:clip"\ntemplates = []'),),
    "need at least one": (("[[models]]", "[[nomodels]]"), ("[[models]]", "[[nomodels]]")),
}


@pytest.mark.parametrize("sentence", BAD)
def test_a_wrong_study_is_told_in_a_sentence(study, sentence):
    replacements = BAD[sentence]
    if sentence == "need at least one":
        sentence = "models is missing"

    with pytest.raises(StudyError, match=sentence.strip().replace("[1]", r"\[1\]")):
        load_study(study(*replacements))


def test_all_problems_are_told_at_once(study):
    path = study(
        ('name = "small"', 'name = "small"\ncolour = 1'),
        ("test_resnet", "test_resnett"),
        ('"byob"', '"res"'),
        ("concepts.txt", "none.txt"),
        ("shard_size = 16", "shard_size = 0"),
    )

    with pytest.raises(StudyError) as caught:
        load_study(path)

    assert len(caught.value.problems) == 5
    assert str(caught.value).count("changed.toml: ") == 5


def test_models_that_are_no_sections_are_told(study):
    text = study().read_text()
    path = study()
    path.write_text(text[: text.index("[[models]]")].replace("[images]", "models = [1]\n[images]"))

    with pytest.raises(StudyError, match="input should be a valid dictionary"):
        load_study(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(StudyError, match="nowhere.toml: cannot be read: No such file"):
        load_study(tmp_path / "nowhere.toml")


def test_class_names_must_be_as_many_as_the_heads_classes(study, folder):
    (folder / "names.txt").write_text("\n".join(world.CLASSES))
    path = study(('"pictures"', '"pictures"\nclass_names = "names.txt"'))

    with pytest.raises(StudyError) as caught:
        load_study(path)

    (problem,) = caught.value.problems
    assert "has 5 names, but the head of models.res has 40 classes" in problem


def test_repeated_class_names_and_phrases_are_told(study, folder):
    (folder / "names.txt").write_text("n1\tcat\nn2\tcat\nn1\tdog\n")
    (folder / "twice.txt").write_text("red\ncolor: red\nred\n")

    with pytest.raises(StudyError) as caught:
        load_study(
            study(
                ('"pictures"', '"pictures"\nclass_names = "names.txt"'),
                ("concepts.txt", "twice.txt"),
            )
        )

    told = "\n".join(caught.value.problems)
    assert "n1 stand there more than once" in told
    assert "twice.txt has red more than once" in told


def test_a_group_called_as_the_classes_are_is_told(study, folder):
    (folder / "class.txt").write_text("class: red\nclass: blue\n")

    with pytest.raises(StudyError, match="has a group 'class', which is what the study's own"):
        load_study(study(("concepts.txt", "class.txt")))


def test_a_tag_names_the_pretrained_weights(study):
    changed = study(('checkpoint = "res.safetensors"', 'pretrained = "r160_in1k"'))

    assert load_study(changed).models[0].name == "test_resnet.r160_in1k"


def test_unknown_classes_are_told_before_anything_runs(study):
    path = study(('"pictures"', '"pictures"\nclass_names = "imagenet-1k"\nclasses = ["jeeep"]'))

    with pytest.raises(StudyError, match="images.classes: there is no class 'jeeep'; .*: jeep"):
        load_study(path)
