"""From an RGB picture to a classifier's input: timm's own way, with what a study says otherwise."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import timm
import torch
from timm.data import create_transform, resolve_model_data_config
from timm.models import get_model_input_config
from torch import nn
from torchvision import transforms

from sing_core.networks.geometry import Geometry, Values


class PreprocessingError(ValueError):
    """What a study says of a model's input does not fit the model."""

    exit_code = 2


def preprocessing(
    module: nn.Module, asked: Mapping[str, Any], args: Mapping[str, Any]
) -> Callable[[Any], torch.Tensor]:
    """Make a model's transform.

    The size is that which the module was made for, where it was made for one;
    else that of its configuration. A model of one channel gets gray pictures.

    Parameters
    ----------
    asked
        Of ``input_size`` (channels, height, width), ``mean``, ``std``,
        ``interpolation``, ``crop_pct`` and ``crop_mode`` what is not to be as the
        model's configuration says.
    args
        The arguments that the module was made with.

    Raises
    ------
    PreprocessingError
        If these do not fit each other, or pictures.
    """
    own = get_model_input_config(module)
    channels = args.get("in_chans", own["input_size"][0])
    size = (channels, *own["input_size"][1:])
    overlay = args.get("pretrained_cfg_overlay") or {}
    wanted = asked.get("input_size") or overlay.get("input_size")
    if wanted is not None and tuple(wanted) != size:
        if own["fixed_input_size"] or wanted[0] != channels:
            raise PreprocessingError(
                f"the model is made for pictures of {_times(size)} (channels × height × width), "
                f"and input_size says {_times(wanted)}; need the same"
            )
        size = tuple(wanted)
    if channels not in (1, 3):
        raise PreprocessingError(
            f"the model takes {channels} channels; pictures have 3 (RGB), or 1 if made gray"
        )
    config = resolve_model_data_config(module)
    config |= {key: value for key, value in asked.items() if key != "input_size"}
    config |= {key: _for_channels(key, config[key], channels) for key in ("mean", "std")}
    if tuple(config["input_size"]) != size:  # else as it is written: its words are in digests
        config["input_size"] = size
    transform = create_transform(**config, is_training=False)
    if channels == 1:
        transform = transforms.Compose([transforms.Grayscale(), *transform.transforms])
    made: Callable[[Any], torch.Tensor] = transform
    return made


def _for_channels(key: str, values: Sequence[float], channels: int) -> Sequence[float]:
    if len(values) == channels:
        return values
    if len(set(values)) == 1:
        return [values[0]] * channels
    raise PreprocessingError(
        f"the model takes {channels} channel{'s' * (channels > 1)}, and its {key} has "
        f"{len(values)} values; give {key} with {channels} in [[models]]"
    )


def _times(size: Any) -> str:
    return "×".join(map(str, size))


def gray_args(name: str, state: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    """Arguments that make an architecture gray, if a checkpoint of it is; else none."""
    config = timm.get_pretrained_cfg(name, allow_unregistered=True)
    first = getattr(config, "first_conv", None)
    weight = state.get(f"{first}.weight") if isinstance(first, str) else None
    is_gray = weight is not None and weight.ndim == 4 and weight.shape[1] == 1
    return {"in_chans": 1} if is_gray else {}


def is_resized(name: str, args: Mapping[str, Any]) -> bool:
    """Whether ``args`` make a model for another size than its configuration says."""
    size, overlay = args.get("img_size"), args.get("pretrained_cfg_overlay") or {}
    config = timm.get_pretrained_cfg(name, allow_unregistered=True)
    if size is None or config is None or "input_size" in overlay:
        return False
    return tuple([size] * 2 if isinstance(size, int) else size) != tuple(config.input_size[1:])


def in_two(transform: Any) -> tuple[Geometry, Values]:
    """Take a transform of timm's or open_clip's apart.

    Raises
    ------
    PreprocessingError
        If it does not end in the conversion to numbers and their normalization.
    """
    steps = getattr(transform, "transforms", [])
    kinds = [type(step).__name__ for step in steps]
    if kinds[-2:] not in (["ToTensor", "Normalize"], ["MaybeToTensor", "Normalize"]):
        raise PreprocessingError(
            f"the model's preprocessing is {kinds}; need one that ends in ToTensor and Normalize"
        )
    mean, std = (
        tuple(float(value) for value in torch.as_tensor(values, dtype=torch.float32).reshape(-1))
        for values in (steps[-1].mean, steps[-1].std)
    )
    # Pictures are RGB already where open_clip would make them so.
    made = [step for step in steps[:-2] if type(step).__name__ != "MaybeConvertMode"]
    return Geometry(" ".join(map(str, made)), tuple(made)), Values(mean, std)
