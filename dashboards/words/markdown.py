"""Text in Markdown that is shown as it stands."""

import re

#: What Markdown, and Streamlit beyond it, reads as anything but itself.
_SIGNS = re.compile(r"([!-/:-@\[-`{-~])")


def literal(text: str) -> str:
    """Return Markdown that shows a text letter by letter.

    Class names come from folders, choices from addresses, and errors repeat what
    was asked: none of it may become a link, or a picture that some other host is
    asked for, with the results in its address.
    """
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))
