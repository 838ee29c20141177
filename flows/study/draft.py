"""A study to start from, written for a folder of class folders."""

from pathlib import Path

from flows.terminal.lists import listed
from sing_core.files.folder_walk import list_files
from warehouse.files import whole

#: Pictures a class below which intervals are wide and translators thin.
_THIN = 50

#: Pictures in all below which a translator of a usual backbone is thin.
_FEW = 2000

_TOML = """\
# A study of {n:,} pictures in {k:,} classes. Next: sing doctor {name}.toml, sing run {name}.toml
name = "{name}"

[images]
root = "{root}"
# leave_out = ["label_conflict", "copy", "blank"]  # pictures that should not count
# class_names = "classes.txt"     # the head's classes, if the folders are named otherwise
# limit = 10000                   # a balanced sample, to begin with

[space]                           # any open_clip model
model = "ViT-L-14"
pretrained = "openai"             # or model = "local-dir:FOLDER", without internet

[[models]]                        # any timm classifier; as many as you like
id = "r50"
timm = "resnet50.a1_in1k"
pretrained = true                 # or checkpoint = "FILE"

[concepts]
file = "concepts.txt"             # one phrase a line; "color: red" makes a group of colors

[gate]                            # limits for sing gate {name}
baseline = "last"
rules = ["feature_share(class) <= +0.02"]
"""

_CONCEPTS = """\
# One phrase a line. What stands before a colon is a group: its phrases exclude each other.
color: red
color: green
color: blue
color: black and white
place: indoors
place: outdoors
place: on a plain background
a photo
a drawing
text
"""


class DraftError(ValueError):
    """A folder that no study can be drafted for, or where one would be overwritten."""

    exit_code = 2


def draft(folder: Path, into: Path) -> tuple[Path, list[str]]:
    """Write ``NAME.toml`` and ``concepts.txt`` for a folder of class folders.

    Returns
    -------
    study, notes
        Where the study is, and what to know about the pictures.

    Raises
    ------
    DraftError
        If there are no class folders with pictures, or a file is there already.
    """
    if not folder.is_dir():
        raise DraftError(f"{folder} is no folder; need one with a folder a class")
    found = list_files(folder).files
    counts = dict(found.filter(found["folder"] != "")["folder"].value_counts().iter_rows())
    if len(counts) < 2:
        raise DraftError(
            f"{folder} holds {len(counts)} class folders with pictures; need two at least, as in "
            f"{folder.name}/CLASS/picture.jpg"
        )
    name = folder.resolve().name
    study, concepts = into / f"{name}.toml", into / "concepts.txt"
    for file in (study, concepts):
        if file.exists():
            raise DraftError(f"{file} is there already; move it away, or name another folder")
    n = sum(counts.values())
    relative = folder.resolve()
    if into.resolve() in relative.parents:
        relative = relative.relative_to(into.resolve())
    text = _TOML.format(n=n, k=len(counts), name=name, root=relative.as_posix())
    for file, content in ((concepts, _CONCEPTS), (study, text)):
        with whole(file.absolute()) as unfinished:
            unfinished.write_text(content)
    thin = sorted(name for name, count in counts.items() if count < _THIN)
    notes = [f"{n:,} pictures in {len(counts):,} classes"]
    if thin:
        notes.append(
            f"{len(thin)} classes have fewer than {_THIN} pictures, so their intervals will be "
            f"wide: {listed(thin, most=5)}"
        )
    if n < _FEW:
        notes.append(f"fewer than {_FEW:,} pictures in all: translators of large features are thin")
    return study, notes
