"""Reading weights: strictly, and never more than weights."""

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from timm.models import load_state_dict
from torch import nn


class BadWeightsError(ValueError):
    """A weights file that cannot be used; its text says why."""


def read_state_dict(path: Path) -> dict[str, torch.Tensor]:
    """Read a checkpoint: .safetensors, .npz, or a PyTorch file that holds weights only.

    Training checkpoints may nest the weights under ``state_dict`` or ``model``.
    A .npy file is one tensor, ``weight``.

    Raises
    ------
    BadWeightsError
        If the file is broken, or would need code to be run to be read.
    """
    try:
        if path.suffix in (".npy", ".npz"):
            return _numpy_state(path)
        state = load_state_dict(str(path), weights_only=True)
    except (pickle.UnpicklingError, RuntimeError) as error:
        if "weights_only" in str(error) or "Weights only" in str(error):
            raise BadWeightsError(
                f"{path} holds pickled objects, not only weights, and reading them would run "
                "code from the file; save the state dict alone, best as .safetensors"
            ) from error
        raise BadWeightsError(f"{path} cannot be read as weights: {_words(error)}") from error
    except Exception as error:  # safetensors, zip and pickle each have their own errors
        raise BadWeightsError(f"{path} cannot be read as weights: {_words(error)}") from error
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise BadWeightsError(f"{path} holds no state dict; need a mapping of names to tensors")
    return state


def _numpy_state(path: Path) -> dict[str, torch.Tensor]:
    loaded = np.load(path, allow_pickle=False)
    arrays = {"weight": loaded} if path.suffix == ".npy" else dict(loaded)
    return {
        # Torch knows the machine's own byte order alone.
        name: torch.from_numpy(np.array(value, dtype=value.dtype.newbyteorder("=")))
        for name, value in arrays.items()
    }


def load_strictly(module: nn.Module, state: Mapping[str, torch.Tensor], *, what: str) -> None:
    """Load weights whose keys and shapes must match exactly.

    Raises
    ------
    BadWeightsError
        Naming the first keys that are missing, left over or of another shape.
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
            f"the weights do not match, loading {what}: {'; '.join(problems)}; need a "
            "checkpoint of exactly this architecture"
        )
    module.load_state_dict(dict(state), strict=True)


def tensors_digest(tensors: Mapping[str, torch.Tensor | np.ndarray]) -> str:
    """SHA-256 over names, types, shapes and values: the same weights, whatever the file."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name]
        array = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else value
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
