"""A study over arrays that does not fit together is told in a sentence."""

import pytest

from flows.study.load import StudyError, load_study

BAD_STUDY = {
    "models[1]: needs either timm .* or features .*, not neither": (
        ('features = "res.npy"\n', ""),
    ),
    "models[1]: needs either timm .* or features .*, not both": (
        ('features = "res.npy"\n', 'features = "res.npy"\ntimm = "resnet18"\n'),
    ),
    "models[1]: head is missing; features need": (('head = "res.npz"\n', ""),),
    "models[1]: checkpoint and args do not go with features": (
        ('head = "res.npz"\n', 'head = "res.npz"\nargs = {}\ncheckpoint = "res.npz"\n'),
    ),
    "models[1].features: .*none.npy does not exist": (("res.npy", "none.npy"),),
    "models[1].features: .*items.csv is no file of arrays; need .npy, .npz": (
        ("res.npy", "items.csv"),
    ),
    "images: needs either root .* table .*, not root and table": (
        ('table = "items.csv"', 'table = "items.csv"\nroot = "."'),
    ),
    "table: .*res.npy is neither .csv nor .parquet": (('"items.csv"', '"res.npy"'),),
    "models.res: timm = 'test_resnet' looks at pictures, but images.table has none": (
        ('features = "res.npy"\nhead = "res.npz"', 'timm = "test_resnet"\npretrained = true'),
    ),
    "space.model: ViT-B-32 looks at pictures, but images.table has none": (
        ('embeddings = "clip.safetensors"\n', 'model = "ViT-B-32"\npretrained = "openai"\n'),
        ('class_texts = "classes.parquet"\nconcept_texts = "phrases.npz:phrases"\n', ""),
    ),
    "space: needs either model .* or embeddings .*, not neither": (
        ('embeddings = "clip.safetensors"\n', ""),
    ),
    "space: class_texts and concept_texts do not go with model": (
        ('embeddings = "clip.safetensors"\n', 'model = "ViT-B-32"\npretrained = "openai"\n'),
    ),
    "space: templates does not go with embeddings": (("[space]", '[space]\ntemplates = ["{}"]'),),
    "space: class_texts is missing": (('class_texts = "classes.parquet"\n', ""),),
    "space.concept_texts is missing: a space of arrays cannot embed the phrases": (
        ('concept_texts = "phrases.npz:phrases"\n', ""),
    ),
    "concepts is missing: space.concept_texts": (('[concepts]\nfile = "concepts.txt"\n', ""),),
    "concepts.templates do not go with space.embeddings": (
        ("[concepts]", '[concepts]\ntemplates = ["{}"]'),
    ),
    "models.res.features: .*res.npy does not say which picture a row belongs to": (
        ('table = "items.csv"', 'root = "."'),
    ),
    "space.class_texts: .*phrases.npz:phrases does not say which class": (
        ("classes.parquet", "phrases.npz:phrases"),
    ),
    "has 5 names, but the head of models.res has 40 classes": (
        ('table = "items.csv"', 'table = "items.csv"\nclass_names = "concepts.txt"'),
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", BAD_STUDY)
def test_a_wrong_study_of_arrays_is_told_in_a_sentence(given, sentence):
    for old, new in BAD_STUDY[sentence]:
        given.rewrite(old, new)

    with pytest.raises(StudyError, match=sentence.replace("[1]", r"\[1\]")):
        load_study(given.study)
