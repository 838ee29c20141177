"""Choices that live in the address: a link shows what its sender saw, and Back goes back.

The address is the truth. Every widget is set from it before it is drawn, and
writes every choice of the page into it when it is changed, as one step of the
browser's history. Streamlit's own binding leaves defaults out of the address,
and its Back empties widgets that were given one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboards.words.markdown import literal

_SEEN = "choices on this page"

#: Characters of a query that an address may hold: browsers and proxies end them somewhere above.
_LONGEST = 4000

#: The choice of no class in particular; it does not go along.
ANY = "any class"

#: Choices that find images; a new one leaves the image that was looked at.
_SEARCHES = {"class", "find", "outliers", "unflagged", "tag"}

#: Choices that go along from page to page.
SHARED = ("run", "model", "class")


def begin() -> None:
    """Forget the choices of the page drawn before."""
    st.session_state[_SEEN] = {}


def shared() -> dict[str, str]:
    """Return the choices that links to other pages take along."""
    seen = st.session_state.get(_SEEN, {})
    given = {key: st.query_params[key] for key in SHARED if key in st.query_params}
    taken = given | {key: seen[key] for key in SHARED if key in seen}
    return {key: value for key, value in taken.items() if value != ANY}


def set_choice(key: str, value: str) -> None:
    """Make a choice as if its widget had been changed: from a click into a chart, say."""
    set_choices({key: value})


def set_choices(new: dict[str, str]) -> None:
    """Make several choices in one step."""
    choices = {**st.query_params.to_dict(), **st.session_state.get(_SEEN, {}), **new}
    if _SEARCHES & new.keys():
        choices.pop("image", None)  # who searches wants to see what is found
    st.query_params.from_dict(choices)


def _changed(key: str, widget: str) -> None:
    value = st.session_state[widget]
    if value is not None:  # a segment that was clicked off keeps its choice
        set_choice(key, _text(value))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _set(key: str, value: Any) -> dict[str, Any]:
    """Set a widget from the address; return what makes it write there."""
    widget = f"choice {key}"
    st.session_state[widget] = value
    st.session_state.setdefault(_SEEN, {})[key] = _text(value)
    return {"key": widget, "on_change": _changed, "args": (key, widget)}


def select(
    label: str,
    key: str,
    options: Sequence[str],
    default: str | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    help: str | None = None,
) -> str:
    """One of many, from a list that can be searched; the first one by default."""
    return _one_of(st.selectbox, label, key, options, default, labels, help=help)


def segments(
    label: str,
    key: str,
    options: Sequence[str],
    default: str | None = None,
    *,
    labels: Mapping[str, str] | None = None,
) -> str:
    """One of few, side by side."""
    return _one_of(st.segmented_control, label, key, options, default, labels, required=True)


def _one_of(
    widget: Callable[..., Any],
    label: str,
    key: str,
    options: Sequence[str],
    default: str | None,
    labels: Mapping[str, str] | None,
    **more: Any,
) -> str:
    value = _valid(key, options, default)
    shown = labels or {}
    widget(label, options, format_func=lambda o: shown.get(o, o), **more, **_set(key, value))
    return value


def _valid(key: str, options: Sequence[str], default: str | None) -> str:
    wanted = st.query_params.get(key, "")
    if wanted in options:
        return wanted
    if wanted:
        st.caption(f":material/info: The link asks for {key} “{literal(wanted)}”, not here.")
    return default if default is not None and default in options else options[0]


def text(label: str, key: str, *, placeholder: str = "", help: str | None = None) -> str:
    """Words to search or score."""
    value = st.query_params.get(key, "")[:200]
    st.text_input(label, placeholder=placeholder, help=help, max_chars=200, **_set(key, value))
    return value.strip()


def area(label: str, key: str, *, height: int, help: str | None = None) -> str:
    """Several lines of text."""
    value = st.query_params.get(key, "")[:_LONGEST]
    st.text_area(label, height=height, help=help, max_chars=_LONGEST, **_set(key, value))
    return value.strip()


def slider(label: str, key: str, low: int, high: int, default: int, step: int = 1) -> int:
    """A whole number within bounds."""
    value = _number(key, default)
    value = min(max(low + round((value - low) / step) * step, low), high)
    st.slider(label, low, high, step=step, **_set(key, value))
    return value


def _number(key: str, default: int) -> int:
    try:
        return int(st.query_params.get(key, default))
    except ValueError:
        return default


def toggle(label: str, key: str, *, default: bool = False, help: str | None = None) -> bool:
    """Yes or no."""
    value = st.query_params.get(key, _text(default)) == "yes"
    st.toggle(label, help=help, **_set(key, value))
    return value


def boxed(key: str, x: str, y: str, state: Callable[[], Any]) -> Callable[[], None]:
    """Return a callback that takes a choice from the box that was drawn into a chart.

    The choice is the box's ends, as ``x0,x1,y0,y1``.
    """

    def take() -> None:
        ends = dict(state().selection.get(key, {}))
        if len(ends.get(x, ())) == 2 and len(ends.get(y, ())) == 2:
            set_choice(key, ",".join(f"{end:.4g}" for end in (*sorted(ends[x]), *sorted(ends[y]))))

    return take


def clicked(fields: Mapping[str, str], state: Callable[[], Any]) -> Callable[[], None]:
    """Return a callback that takes choices from the mark that was clicked in a chart.

    Parameters
    ----------
    fields
        For each choice the field of the chart that it is taken from.
    """

    def take() -> None:
        for points in state().selection.values():
            for point in points:
                if all(field in point for field in fields.values()):
                    set_choices({key: str(point[field]) for key, field in fields.items()})
                    return

    return take
