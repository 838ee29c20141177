"""What lies in a file that holds pictures."""

from dataclasses import dataclass, field

#: How the names of files end that pictures are looked for in, or that name some.
ENDINGS = (".tar", ".parquet", ".csv")

#: What the class is called in a webdataset's JSON, or as a column of Parquet.
CLASS_KEYS = ("label", "labels", "fine_label", "class", "cls", "class_name", "category")


class ContainerError(ValueError):
    """A file that holds no pictures with classes, or cannot be read."""

    exit_code = 2


@dataclass
class Contents:
    """What lies in a container.

    Attributes
    ----------
    pictures
        Name and class of each; the class of numbered ones is its number.
    odd
        Names of pictures that cannot be used, with the reason.
    passed_over
        Names of what is no picture, with the reason.
    names
        Of classes that are numbered, where the file tells them.
    """

    pictures: list[tuple[str, str]] = field(default_factory=list)
    odd: list[tuple[str, str]] = field(default_factory=list)
    passed_over: list[tuple[str, str]] = field(default_factory=list)
    names: list[str] | None = None


def plain(value: object) -> str:
    """A class as text: a text, or a whole number as it is written; empty of anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    number = text.isascii() and text.isdecimal() and len(text) < 10
    return str(int(text)) if number else text
