"""A text that no run has seen, and its embedding."""

from flows.features.networks import load_space
from flows.study.load import load_study

NEW = "a boat on a lake"


def embedded(made_once, text, template="{}"):
    return load_space(load_study(made_once.study).space).embed_texts([text], (template,))[0]
