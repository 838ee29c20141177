"""Tensors in safetensors files, with a digest of their own: heads, texts, translators."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from warehouse.files import MADE_ANEW, DamagedFileError, whole

_DIGEST = "sha256"


def write(path: Path, tensors: dict[str, np.ndarray], about: Mapping[str, Any]) -> None:
    """Write a file of tensors, and what is known of them."""
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    # Under one name: safetensors stores several in any order, and the same file is to be the same.
    told = json.dumps({**about, _DIGEST: _digest(tensors, about)})
    with whole(path) as draft:
        save_file(tensors, draft, metadata={"about": told})


def read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read the tensors of a file, and what is known of them.

    Raises
    ------
    DamagedFileError
        If it is not what was written, or not there. Files of earlier versions have no digest.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            about = json.loads((file.metadata() or {"about": "{}"})["about"])
            # A name at a time: the file is no mapping.
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise DamagedFileError(f"{path} is missing; {MADE_ANEW}") from error
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(f"{path} is damaged ({error}); {MADE_ANEW}") from error
    expected = about.pop(_DIGEST, None)
    if expected is not None and _digest(tensors, about) != expected:
        raise DamagedFileError(f"{path} is not what was written; {MADE_ANEW}")
    return tensors, about


def _digest(tensors: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> str:
    found = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        found.update(f"\n{name} {tensor.dtype.str} {tensor.shape} ".encode())
        found.update(tensor.reshape(-1).view(np.uint8).data)
    return found.hexdigest()
