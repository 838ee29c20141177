"""Pieces of an HTML file: figures, tables, and the page around them."""

from collections.abc import Iterable
from html import escape
from typing import Any

import polars as pl

from dashboards.charts.figures import Figure
from dashboards.words.markdown import Writer, one_line
from dashboards.words.visible import visible

#: Rows of a table; the database has the rest.
_ROWS = 200

#: Nothing is fetched, and nothing runs, whatever the names of classes hold.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def _slanted(text: str) -> str:
    return f"<i>{escape(one_line(text))}</i>"


#: How sentences are written here.
HTML = Writer(name=_slanted, phrase=_slanted, strong="<b>{}</b>".format)


def page(title: str, body: str) -> str:
    """Return a whole file around its body, which is HTML already."""
    return visible(f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<style>{_STYLE}</style></head><body><main>{body}</main></body></html>
""")


def figure(drawn: Figure) -> str:
    """Return a figure as SVG with its caption."""
    return (
        f'<figure role="img" aria-label="{escape(drawn.alt)}">{drawn.svg()}'
        f"<figcaption>{escape(drawn.caption)}</figcaption></figure>"
    )


def bullets(sentences: Iterable[str]) -> str:
    """Return sentences, which are HTML already, as a list."""
    return "<ul>" + "".join(f"<li>{sentence}</li>" for sentence in sentences) + "</ul>"


def table(rows: pl.DataFrame) -> str:
    """Return rows as a table that is folded."""
    head = "".join(f"<th>{escape(name)}</th>" for name in rows.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(value))}</td>" for value in row) + "</tr>"
        for row in rows.head(_ROWS).iter_rows()
    )
    more = f"<p>The first {_ROWS} of {len(rows)} rows.</p>" if len(rows) > _ROWS else ""
    return (
        f"<details><summary>The numbers ({len(rows)} rows)</summary><div class=wide><table>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{more}</details>"
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1d2430;background:#fff;margin:0}
main{max-width:820px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.8rem;line-height:1.25}
h2{margin-top:2.6rem;border-top:1px solid #d5d9e0;padding-top:1.2rem}
figure{margin:1.2rem 0}figure svg{max-width:100%;height:auto}
figcaption,summary{color:#566070;font-size:.9rem}
.answer{font-size:1.1rem;font-weight:600;border-left:4px solid #0077bb;padding-left:.8rem}
.note{background:#fff6df;padding:.5rem .8rem;border-radius:6px}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.8rem}
th,td{border-bottom:1px solid #e3e6eb;padding:.25rem .5rem;text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left}pre{overflow-x:auto;font-size:.8rem}
@media print{details{display:none}figure,table{break-inside:avoid}}
"""
