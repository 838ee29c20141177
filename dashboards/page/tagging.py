"""Tags: put on a picture, chosen by, and taken away as a file."""

import streamlit as st

from dashboards.page import choices
from dashboards.page.draw import warehouse
from dashboards.words.markdown import literal
from warehouse import tags

_ALL = "all pictures"


def of(image_id: str, path: str) -> None:
    """Let a picture be tagged; what is chosen is kept at once."""
    root = warehouse().root
    if root.is_copy:
        return
    rows = tags.read(root)
    known = sorted({row["tag"] for row in rows})
    own = [row["tag"] for row in rows if row["image_id"] == image_id]
    key = f"tags of {image_id}"

    def keep() -> None:
        tags.tag(root, image_id, path, st.session_state[key])

    st.multiselect(
        "Tags",
        sorted({*known, *own}),
        own,
        key=key,
        on_change=keep,
        accept_new_options=True,
        placeholder="choose or type",
        help="Kept in the data root, in tags.csv. `images.tags` in a study makes groups of them.",
    )


def chosen() -> list[str] | None:
    """Let pictures be chosen by a tag; returns their ids, None for all."""
    rows = tags.read(warehouse().root)
    if not rows:
        return None
    left, right = st.columns([0.75, 0.25], vertical_alignment="bottom")
    with left:
        names = sorted({row["tag"] for row in rows})
        named = {tag: literal(tag) for tag in names}
        wanted = choices.select("Tag", "tag", [_ALL, *names], labels=named)
    right.download_button(
        "Tags as CSV", tags.as_csv(rows), "tags.csv", "text/csv", on_click="ignore",
        type="tertiary", icon=":material/download:",
    )  # fmt: skip
    if wanted == _ALL:
        return None
    return [row["image_id"] for row in rows if row["tag"] == wanted]
