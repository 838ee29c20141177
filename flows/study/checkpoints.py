"""Checkpoints of one training as a series of models: ``checkpoints = "runs/epoch-*.pt"``."""

import os
import re
from pathlib import Path
from typing import Any

#: Checkpoints of one series, at most: each is a model with all of its scores.
_MOST = 200


def spread(content: dict[str, Any], folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Put a model for each checkpoint in the place of a model that names several.

    They come in the order of the numbers in their names, and are called after the model and what
    tells the files apart.

    Returns
    -------
    content, problems
        The study's content, and what was wrong, one sentence each.
    """
    models = content.get("models")
    if not isinstance(models, list):
        return content, []
    found: list[Any] = []
    problems: list[str] = []
    for n, model in enumerate(models, start=1):
        if not isinstance(model, dict) or "checkpoints" not in model:
            found.append(model)
            continue
        rest = {key: value for key, value in model.items() if key != "checkpoints"}
        try:
            found += _series(rest, model["checkpoints"], folder)
        except ValueError as error:
            problems.append(f"models[{n}].checkpoints: {error}")
    return {**content, "models": found}, problems


def _series(model: dict[str, Any], pattern: Any, folder: Path) -> list[dict[str, Any]]:
    if not isinstance(pattern, str) or not pattern.strip():
        raise ValueError(f"need a pattern of files such as 'runs/epoch-*.pt', got {pattern!r}")
    if others := sorted(model.keys() & {"checkpoint", "pretrained", "features", "series"}):
        raise ValueError(f"says which weights, and so does {others[0]}; give one of them")
    whole = os.path.expanduser(os.path.expandvars(pattern))  # noqa: PTH111 (after expandvars)
    path = folder / whole
    there = Path(path.anchor).glob(str(path.relative_to(path.anchor)))
    files = sorted((one for one in there if one.is_file()), key=lambda one: _in_order(str(one)))
    if not files:
        raise ValueError(f"no file fits {str(path)!r}; need one at least")
    if len(files) > _MOST:
        raise ValueError(f"{len(files):,} files fit {pattern!r}; need {_MOST} at most")
    names = _names([file.name for file in files])
    return [
        {**model, "id": f"{model.get('id', 'model')}-{name}", "checkpoint": str(file),
         "series": model.get("id", "model")}
        for file, name in zip(files, names, strict=True)
    ]  # fmt: skip


def _in_order(name: str) -> list[tuple[int, str]]:
    """Numbers by their value, so that 9 comes before 10."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _names(files: list[str]) -> list[str]:
    """What tells files apart: their names without what all begin and end with."""
    if len(files) == 1:
        return [_word(Path(files[0]).stem)]
    # A number is not cut in two: of 10 and 12 not 0 and 2, of 100 and 1100 not 1 and 11.
    start = len(_common(files).rstrip("0123456789"))
    rest = [name[start:] for name in files]
    common = _common([name[::-1] for name in rest])[::-1]
    end = len(common.lstrip("0123456789"))
    words = [_word(name[: len(name) - end]) for name in rest]
    return words if len(set(words)) == len(words) and all(words) else [_word(f) for f in files]


def _common(names: list[str]) -> str:
    """What all begin with."""
    return os.path.commonprefix(names)  # noqa: RUF071 (characters are meant)


def _word(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text).strip("-.")
