"""The studies' pictures, as thumbnails that are made once."""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import polars as pl
import streamlit as st
from PIL import Image

from dashboards.page import choices
from dashboards.page.draw import Frame, warehouse
from dashboards.words.markdown import literal
from sing_core.files.containers import container_of, folder_of, read
from sing_core.files.contents import ContainerError
from sing_core.files.images import DECODER_VERSION, RejectedImageError, decode
from warehouse.remote import Remote, is_remote

#: Longest side of a thumbnail, in pixels: sharp at the size that pages draw, twice over.
_SIDE = 256

#: Width of a picture in a gallery, in pixels: six a row at 1280, two on a telephone.
_CELL = 120

#: Larger files are not read into the memory that all visitors share.
_MOST_BYTES = 64 << 20


class NoPictureError(ValueError):
    """A picture that cannot be shown; the text says why."""


def unflagged() -> bool:
    """Let pictures that are flagged be left out of what is shown."""
    return choices.toggle(
        "Without flagged",
        "unflagged",
        help="Leave out pictures that lie under several classes, are copies, or are blank (page "
        "Validation lists them). Scores are over all; `images.leave_out` in the study leaves them "
        "out of those.",
    )


def gallery(frame: Frame, images: pl.DataFrame, caption: str) -> None:
    """Draw images with their scores, as many a row as fit, each with a link to its own page.

    Parameters
    ----------
    images
        Columns ``image_id, path, sha256, class_name``, and what there is of
        ``as_deg, is_deg, angle_deg, predicted_class``; or ``under``, the words to put under it.
    """
    if images.is_empty():
        st.info("No image fits.")
        return
    with st.container(horizontal=True):
        for row in images.iter_rows(named=True):
            with st.container(width=_CELL, gap="xxsmall"):
                picture(frame, row)
                frame.link("image", row["class_name"], image=row["image_id"])
                st.caption(literal(_under(row)))
    st.caption(literal(caption))


def _under(row: dict[str, Any]) -> str:
    if "under" in row:
        return str(row["under"])
    words = [
        f"{label} {row[name]:{sign}.1f}°"
        for label, name, sign in (
            ("AS", "as_deg", "+"), ("IS", "is_deg", ""), ("at", "angle_deg", ""),
        )
        if row.get(name) is not None
    ]  # fmt: skip
    if row.get("predicted_class") not in (None, row["class_name"]):
        words.append(f"seen as {row['predicted_class']}")
    return ", ".join(words) or str(row["path"])


def picture(frame: Frame, row: dict[str, Any], width: Literal["stretch"] | int = "stretch") -> None:
    """Draw one image, or say in its place why it cannot be drawn."""
    try:
        shown = thumbnail(frame.run_id, row["path"], row["sha256"])
    except NoPictureError as error:
        st.caption(f":material/hide_image: {literal(str(error))}")
        return
    st.image(
        shown if isinstance(shown, Image.Image) else str(shown),
        width=width,
        alt=f"{row['class_name']}: {row['path']}",
    )  # type: ignore[arg-type]


def thumbnail(run_id: str, path: str, sha256: str) -> Path | Image.Image:
    """Return the thumbnail of a study's picture; made at first sight, kept by its content.

    It is decoded as the models' input is: transparency on white, 16-bit gray scaled, upright.
    Where the data root cannot be written it is not kept, and comes as it is.

    Raises
    ------
    NoPictureError
        If the study has no such picture any more, or it is not the one that was analyzed.
    """
    name = f"{sha256}-{_SIDE}-{DECODER_VERSION}.webp"
    kept = warehouse().root.thumbnails / sha256[:2] / name
    if not kept.exists():
        small = _shrink(_content(_folders(run_id), path, sha256))
        draft = kept.with_name(f".{kept.name}.{os.getpid()}")
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            small.save(draft, "WEBP", quality=88)
            draft.replace(kept)
        except OSError:
            return small
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
    return kept


@st.cache_data(show_spinner=False, max_entries=50)
def _folders(run_id: str) -> list[Path]:
    """Folders that hold a run's pictures: its own, or those of drawn scenes."""
    (run,) = warehouse().ask("run", run=run_id).to_pylist()
    images = json.loads(run["config_json"]).get("images", {})
    if images.get("root"):
        root = images["root"]
        return [folder_of(Path(root) if isinstance(root, str) else [Path(one) for one in root])]
    if images.get("shapes"):
        return sorted(warehouse().root.pictures.glob("shapes-*"), reverse=True)
    return []


def _content(folders: list[Path], path: str, sha256: str) -> bytes:
    if not folders:
        raise NoPictureError("this study has items, not pictures")
    if is_remote(path):
        return _at(path, sha256)
    links_out = False
    for folder in folders:
        file = (folder / path).resolve()
        # A path of the database must not lead out of the study's own folder.
        if not file.is_relative_to(folder.resolve()) and not _is_in_container(folder, path):
            links_out |= _is_linked(folder, path)
            continue
        try:
            if file.is_file() and file.stat().st_size > _MOST_BYTES:
                raise NoPictureError(f"too large to be shown: more than {_MOST_BYTES >> 20} MB")
            content = read(folder, path)
        except FileNotFoundError:
            continue
        except (OSError, ContainerError, RejectedImageError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise NoPictureError(f"{path} cannot be read: {why}") from error
        if hashlib.sha256(content).hexdigest() == sha256:
            return content
    if links_out:
        raise NoPictureError(
            f"{path} is a link to a place outside the study's folder of pictures: it was analyzed, "
            "but pages show only what lies in that folder"
        )
    raise NoPictureError(f"{path} is not where it was, or has changed since the run")


def _at(address: str, sha256: str) -> bytes:
    """Content of a picture in an object store."""
    try:
        content = Remote(address).read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror or error if isinstance(error, OSError) else error
        raise NoPictureError(f"{address} cannot be read: {why}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise NoPictureError(f"{address} has changed since the run")
    return content


def _is_in_container(folder: Path, path: str) -> bool:
    """Whether it lies in a container of the folder, which may be a link, as in caches of hubs."""
    steps = PurePosixPath(path)
    if steps.is_absolute() or ".." in steps.parts:
        return False
    return container_of(folder, path) is not None


def _is_linked(folder: Path, path: str) -> bool:
    """Whether a path that leads out of a folder does so by links alone."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        return False
    steps = (folder / path, *(folder / path).parents)
    return any(step.is_symlink() for step in steps if step.is_relative_to(folder))


def _shrink(content: bytes) -> Image.Image:
    try:
        small = decode(content)
    except RejectedImageError as error:
        raise NoPictureError(str(error)) from error
    small.thumbnail((_SIDE, _SIDE))
    return small
