"""docs/api.md: made from the docstrings of the public names, and nothing else.

python docs/make_api.py > docs/api.md
"""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import sing_core as sing
from warehouse import results

_TOP = """# The Python interface

Made by `python docs/make_api.py` from the docstrings, whose examples are run as tests. Arrays of NumPy and tensors of torch (any
device, precision and gradient) go in, NumPy arrays come out; angles are in degrees. `import sing_core` loads no network library.

```python
import sing_core as sing

net = sing.backbone("resnet50.a1_in1k")  # any timm classifier; from_module for one's own
space = sing.space("ViT-L-14", "openai")  # any open_clip model
features = sing.features(net, paths)  # n × 2048
translator = sing.fit_translator(features, space.images(paths))
pairs = sing.remove_null(features, net.head)  # equivalent pairs: the same logits
scores = sing.score_pairs(pairs, translator, space.texts(["a dog", "the sea"]))
moved = sing.steer(features, net.head, translator, space.texts("the sea"), is_deg=40)
```

Two notebooks go through it: [the paper in twenty cells](../examples/paper.ipynb) and [your own network](../examples/own_network.ipynb).
"""

_HEADING = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)


def page() -> str:
    """Return the whole page."""
    parts = [_TOP, "## Functions\n"]
    names = sorted(sing.__all__, key=list(sing._HOME).index)
    functions = [name for name in names if name.islower()]
    classes = [name for name in names if not name.islower()]
    parts += [_entry(f"sing.{name}", getattr(sing, name)) for name in functions]
    parts.append("## What they return\n")
    for name in classes:
        parts.append(_entry(f"sing.{name}", getattr(sing, name), signature=False))
        parts += _members(f"{name}", getattr(sing, name))
    parts.append("## Stored results\n")
    parts.append(_entry("warehouse.open", results.open_results))
    for name, one in (("Results", results.Results), ("Answer", results.Answer)):
        parts.append(_entry(name, one, signature=False))
        parts += _members(name, one)
    return "\n".join(parts).rstrip() + "\n"


def _entry(name: str, what: Any, *, signature: bool = True, level: str = "###") -> str:
    shown = f"{name}{_signature(what)}" if signature else name
    return f"{level} `{shown}`\n\n{_prose(inspect.getdoc(what) or '')}\n"


def _members(name: str, kind: type) -> Iterator[str]:
    for member, what in vars(kind).items():
        if member.startswith("_") or isinstance(what, classmethod):
            continue
        if isinstance(what, property):
            yield f"- **`.{member}`**: {inspect.getdoc(what)}\n"
        elif inspect.isfunction(what):
            yield _entry(f".{member}", what, level="####")


def _signature(what: Any) -> str:
    parameters = []
    star = False
    for parameter in inspect.signature(what).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            parameters.append("*")
            star = True
        plain = parameter.replace(annotation=parameter.empty)
        parameters.append(str(plain))
    return f"({', '.join(parameters)})"


def _prose(doc: str) -> str:
    """Sections of numpydoc as Markdown: bold headings, lists of names, examples as code."""
    pieces = _HEADING.split(doc)
    lines = [_plain(pieces[0])]
    for title, body in zip(pieces[1::2], pieces[2::2], strict=True):
        lines.append(f"**{title}**\n")
        if title == "Examples":
            code = re.sub(r" +# doctest: \+SKIP", "", body.strip())
            lines.append(f"```pycon\n{code}\n```\n")
        elif title in ("Parameters", "Attributes", "Raises", "Returns"):
            lines.append(_items(body))
        else:
            lines.append(_plain(body))
    return "\n".join(lines).rstrip() + "\n"


def _items(body: str) -> str:
    found = re.findall(r"^(\S.*)\n((?:    .*\n?|\n)+)", body.strip() + "\n", re.MULTILINE)
    return "".join(
        f"- `{name}`: {' '.join(words.split()).replace('``', '`')}\n" for name, words in found
    )


def _plain(text: str) -> str:
    return text.strip().replace("``", "`").replace(":func:", "") + "\n"


if __name__ == "__main__":
    print(page(), end="")
