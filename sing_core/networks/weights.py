"""Reading weights: which of a file's, and never more than weights."""

import argparse
import hashlib
import pathlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

#: What checkpoints hold beside weights and what is plain data: arguments of training, paths, and
#: NumPy's numbers, by its old name and its new one.
_PLAIN = [
    argparse.Namespace,
    pathlib.PosixPath,
    np.dtype,
    np.ndarray,
    *(getattr(np.dtypes, name) for name in np.dtypes.__all__),
    *(
        (made, f"numpy.{core}.multiarray.{made.__name__}")
        for made in (np._core.multiarray.scalar, np._core.multiarray._reconstruct)  # type: ignore[attr-defined]
        for core in ("core", "_core")
    ),
]

#: Where training scripts put the weights; the first two are averages over training (EMA).
_USUAL = ("state_dict_ema", "model_ema", "state_dict", "model")


class BadWeightsError(ValueError):
    """A weights file that cannot be used; its text says why."""


class UnnamedWeightsError(BadWeightsError):
    """Which of several sets of weights is wanted was not said, or not so that one is found."""

    exit_code = 2


@dataclass(frozen=True)
class Weights:
    """Weights by their names in the network, and where in a training checkpoint they stood.

    Attributes
    ----------
    entry
        The checkpoint's entry, and what stood before all names in it
        (``state_dict_ema``, ``state_dict.model``); None where the file is the
        weights alone.
    """

    tensors: dict[str, torch.Tensor]
    entry: str | None


def read_weights(path: Path, key: str | None = None) -> Weights:
    """Read a checkpoint: .safetensors, .npz, or a PyTorch file that holds weights only.

    A .npy file is one tensor, ``weight``. What stands before all names alike
    (``model.``, as Lightning has it, or ``module.``) is taken off.

    Parameters
    ----------
    key
        Which of several sets of weights: an entry of the checkpoint
        (``state_dict_ema``), what stands before the names (``ema_model``), or one
        in the other (``state_dict.ema_model``). What else is there is left aside.

    Raises
    ------
    BadWeightsError
        If the file is broken, or would need code to be run to be read.
    UnnamedWeightsError
        If it holds several sets of weights and ``key`` is None, or none there.
    """
    if not path.is_file():
        what = "is not a regular file" if path.exists() else "does not exist"
        raise BadWeightsError(f"{path} {what}; need a file of weights")
    loaded = _load(path)
    if not isinstance(loaded, dict) or not all(isinstance(name, str) for name in loaded):
        raise BadWeightsError(f"{path} holds no state dict; need a mapping of names to tensors")
    if key is not None:
        return _named(path, loaded, key)
    sets = {name: value for name, value in loaded.items() if _is_state(value)}
    usual = [name for name in _USUAL if name in sets]
    among = usual or list(sets)
    if len(among) > 1:
        raise UnnamedWeightsError(
            f"{path} holds {len(among)} sets of weights, {' and '.join(among)}; say which one as "
            "checkpoint_key, or save one alone"
        )
    if among:
        return _unwrapped(sets[among[0]], among[0])
    if not _is_state(loaded):
        raise BadWeightsError(f"{path} holds no state dict; need a mapping of names to tensors")
    return _unwrapped(loaded, None)


def read_state_dict(path: Path) -> dict[str, torch.Tensor]:
    """Read the weights of a file that holds one set of them; see :func:`read_weights`.

    Raises
    ------
    BadWeightsError
        If the file is broken, would need code to be run to be read, or holds
        several sets of weights.
    """
    return read_weights(path).tensors


def _is_state(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and isinstance(tensor, torch.Tensor) for name, tensor in value.items()
    )


def _named(path: Path, loaded: dict[str, Any], key: str) -> Weights:
    """The set of weights that ``key`` names."""
    sets = {name: value for name, value in loaded.items() if _is_state(value)}
    entry = next((name for name in sets if f"{key}.".startswith(f"{name}.")), None)
    before = key if entry is None else key[len(entry) :].removeprefix(".")
    if entry is None and len(sets) == 1:
        (entry,) = sets
    inside = loaded if entry is None else sets[entry]
    start = f"{before}." if before else ""
    found = {
        name.removeprefix(start): value
        for name, value in inside.items()
        if name.startswith(start) and isinstance(value, torch.Tensor)
    }
    if not found:
        there = list(sets) or sorted({name.partition(".")[0] for name in loaded})
        raise UnnamedWeightsError(
            f"{path} has no weights at checkpoint_key {key!r}; it has {', '.join(there[:8])}"
        )
    return _unwrapped(found, ".".join(filter(None, (entry, before))))


def _unwrapped(state: Mapping[str, torch.Tensor], entry: str | None) -> Weights:
    """Take off what wrappers put before the names, and what stands before all of them."""
    from timm.models import clean_state_dict  # seconds that studies of arrays need not wait for

    tensors = clean_state_dict(dict(state))
    while len(first := {name.partition(".")[0] for name in tensors}) == 1:
        (before,) = first
        if not all("." in name for name in tensors):
            break
        tensors = {name.removeprefix(f"{before}."): value for name, value in tensors.items()}
        entry = f"{entry}.{before}" if entry else before
    return Weights(tensors, entry)


def _load(path: Path) -> Any:
    try:
        if path.suffix in (".npy", ".npz"):
            return _numpy_state(path)
        if path.suffix == ".safetensors":
            return load_file(path)
        with torch.serialization.safe_globals(_PLAIN):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # safetensors, zip, pickle and torch each have their own errors
        more = re.search(r"Unsupported (?:global|class): (?:GLOBAL )?([\w.]+)", str(error))
        if more:
            raise BadWeightsError(
                f"{path} holds more than weights and plain values ({more[1]}), and reading that "
                "could run code from the file; save the state dict alone, best as .safetensors"
            ) from error
        raise BadWeightsError(f"{path} cannot be read as weights: {_words(error)}") from error


def _numpy_state(path: Path) -> dict[str, torch.Tensor]:
    loaded = np.load(path, allow_pickle=False)
    arrays = {"weight": loaded} if path.suffix == ".npy" else dict(loaded)
    return {
        # Torch knows the machine's own byte order alone.
        name: torch.from_numpy(np.array(value, dtype=value.dtype.newbyteorder("=")))
        for name, value in arrays.items()
    }


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
    words = str(error).rpartition("WeightsUnpickler error: ")[2]  # before it, torch gives advice
    return f"{type(error).__name__}: {' '.join(words.split())[:200]}"
