"""Stored tensors: whether a file of them can be read, or must be made again."""

from pathlib import Path

from safetensors import SafetensorError, safe_open

from flows.terminal.progress import say


def readable(path: Path) -> bool:
    """Whether a file of tensors is there and whole; a damaged one is said and removed."""
    if not path.exists():
        return False
    try:
        with safe_open(path, framework="numpy") as file:
            for name in file.keys():  # noqa: SIM118 (not a mapping)
                file.get_slice(name)
    except (SafetensorError, OSError) as error:
        say(f"{path} is damaged ({error}); it is made again")
        path.unlink()
        return False
    return True
