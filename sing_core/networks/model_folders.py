"""Models with a source of their own: a folder as timm saves it, or a hub's repository."""

import hashlib
import json
from pathlib import Path

from sing_core.networks.weights import BadWeightsError

#: What timm calls the two.
LOCAL, HUB = "local-dir:", "hf-hub:"

#: Names that timm and the hub's clients save weights under; the first that is there is taken.
_USUAL = ("model.safetensors", "pytorch_model.bin", "pytorch_model.pth", "model.pth")


def folder_of(name: str) -> Path | None:
    """The folder that ``local-dir:FOLDER`` names; None of any other name."""
    return Path(name.removeprefix(LOCAL)) if name.startswith(LOCAL) else None


def architecture_in(folder: Path) -> str:
    """Timm's name of the architecture that a folder's ``config.json`` describes.

    Raises
    ------
    BadWeightsError
        If there is no such file, or it does not say.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise BadWeightsError(
            f"{folder} holds no config.json; need a model folder as timm saves it for {LOCAL}"
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadWeightsError(f"{path} cannot be read as JSON: {error}") from error
    name = config.get("architecture") if isinstance(config, dict) else None
    if not isinstance(name, str):
        raise BadWeightsError(f"{path} does not say the architecture; need timm's name of it")
    return name


def weights_file(folder: Path) -> Path:
    """The file of weights in a model's folder.

    Raises
    ------
    BadWeightsError
        If there is none, or several of which none has a usual name.
    """
    for usual in _USUAL:
        if (folder / usual).exists():
            return folder / usual
    found = sorted(p for p in folder.iterdir() if p.suffix in (".safetensors", ".bin", ".pth"))
    if len(found) != 1:
        names = f"several ({', '.join(path.name for path in found)})" if found else "none"
        raise BadWeightsError(
            f"{folder} needs one file of weights, best {_USUAL[0]}, and holds {names}"
        )
    return found[0]


def folder_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of a local model's files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.name} {content}\n".encode())
    return digest.hexdigest()
