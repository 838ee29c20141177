"""A timm model, built: by name, with arguments, for an input size."""

from collections.abc import Mapping
from typing import Any

import timm
from timm.models import resolve_model_input_args
from torch import nn

from sing_core.networks.heads import UnsupportedBackboneError


def build(
    name: str, args: Mapping[str, Any], asked: Mapping[str, Any], *, pretrained: bool
) -> nn.Module:
    """Build a model, for the ``input_size`` that is asked for if one is.

    Raises
    ------
    UnsupportedBackboneError
        If timm cannot.
    """
    try:
        given: dict[str, Any] = {"model_name": name, **args}
        if "input_size" in asked:
            given = resolve_model_input_args(name, {"input_size": asked["input_size"]}, **args)
        module: nn.Module = timm.create_model(pretrained=pretrained, **given)
    except Exception as error:  # whatever a model's constructor or a download raises
        words = " ".join(str(error).split()) or type(error).__name__
        raise UnsupportedBackboneError(
            f"timm cannot build {name} with args = {dict(args)}: {words}"
        ) from error
    return module
