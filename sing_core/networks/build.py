"""A timm model, built: by name, with arguments, for an input size; and its weights, strictly."""

from collections.abc import Mapping
from typing import Any

import timm
import torch
from timm.models import resolve_model_input_args
from torch import nn

from sing_core.networks.heads import UnsupportedBackboneError
from sing_core.networks.weights import BadWeightsError


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


def load_strictly(module: nn.Module, state: Mapping[str, torch.Tensor], *, what: str) -> None:
    """Load weights whose keys and shapes must match exactly.

    Raises
    ------
    BadWeightsError
        Naming the first keys that are missing, left over or of another shape,
        and below which prefixes the network's own names stand, if they do.
    """
    own = module.state_dict()
    missing, extra = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
    shapes = [
        f"{key} is {tuple(state[key].shape)}, not {tuple(own[key].shape)}"
        for key in sorted(own.keys() & state.keys())
        if own[key].shape != state[key].shape
    ]
    problems = [
        f"{len(keys)} {kind} (first: {', '.join(keys[:3])})"
        for kind, keys in (
            ("keys missing", missing),
            ("keys left over", extra),
            ("of another shape", shapes),
        )
        if keys
    ]
    if problems:
        raise BadWeightsError(
            f"the weights do not match, loading {what}: {'; '.join(problems)}; "
            f"{_advice(own, state, only_shapes=not missing and not extra)}"
        )
    module.load_state_dict(dict(state), strict=True)


def _advice(own: Mapping[str, Any], state: Mapping[str, Any], *, only_shapes: bool) -> str:
    if only_shapes:
        return (
            "need a checkpoint of exactly this architecture, and input_size or args as it was "
            "trained with"
        )
    first = next(iter(own), "")
    before = [
        name[: -len(first) - 1]
        for name in state
        if name.endswith(f".{first}") and all(f"{name[: -len(first)]}{key}" in state for key in own)
    ]
    if not before:
        return "need a checkpoint of exactly this architecture"
    return (
        f"all its names stand there after {' and after '.join(f'{name}.' for name in before)}, so "
        f'say checkpoint_key = "{before[0]}", which leaves the others aside'
    )
