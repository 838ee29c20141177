"""Which class a picture in a tar archive is of: what its folder says, or what stands beside it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sing_core.files.contents import CLASS_KEYS, plain

#: Files of a picture's own name that tell its class.
ENDINGS = (".cls", ".json", ".txt")

#: Longer ones tell something else.
MOST_BYTES = 2**20


class ByText(str):
    """A class that a .txt tells, which may be a caption."""

    __slots__ = ()


@dataclass(frozen=True)
class Part:
    """A picture that belongs to a sample which has another, such as a mask."""

    of: str


def told(
    pictures: Sequence[PurePosixPath], notes: Mapping[str, bytes]
) -> dict[PurePosixPath, str | Part | None]:
    """Tell the class of each picture; None where nothing does.

    The surest comes first: ``.cls``; the class folder, where there are several;
    ``.json``; ``.txt`` of one line; the only folder. Folders that all pictures
    share lie around the classes' and say nothing.
    """
    depth = _shared(pictures)
    folders = {one: one.parts[depth] for one in pictures if len(one.parts) > depth + 1}
    several = len(set(folders.values())) > 1
    stems = Counter(str(one.with_suffix("")) for one in pictures)
    answers: dict[PurePosixPath, str | Part | None] = {}
    for one in pictures:
        stem, key = str(one.with_suffix("")), str(one.parent / one.name.partition(".")[0])
        beside = _beside(stem, notes)
        if not beside and key != stem:
            if stems[key]:
                answers[one] = Part(key)
                continue
            beside = _beside(key, notes)
        folder = folders.get(one)
        answers[one] = (
            beside.get(".cls")
            or (folder if several else None)
            or beside.get(".json")
            or beside.get(".txt")
            or folder
        )
    return answers


def _shared(pictures: Sequence[PurePosixPath]) -> int:
    """How many folders lie around the class folders of all pictures."""
    depth = 0
    while pictures and all(
        len(one.parts) > depth + 2 and one.parts[depth] == pictures[0].parts[depth]
        for one in pictures
    ):
        depth += 1
    return depth


def _beside(stem: str, notes: Mapping[str, bytes]) -> dict[str, str]:
    found = {}
    for ending in ENDINGS:
        for name in (f"{stem}{ending}", f"{stem}{ending.upper()}"):
            content = notes.get(name)
            if content is not None and (label := _label(ending, content)):
                found[ending] = label
    return found


def _label(ending: str, content: bytes) -> str:
    text = content.decode("utf-8-sig", "replace").strip()
    if ending == ".json":
        try:
            noted = json.loads(text)
        except ValueError:
            return ""
        values = [noted.get(key) for key in CLASS_KEYS] if isinstance(noted, dict) else []
        return next((label for label in map(plain, values) if label), "")
    if "\n" in text:
        return ""
    return ByText(text) if ending == ".txt" else plain(text)
