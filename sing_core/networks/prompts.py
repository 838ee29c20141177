"""Texts: from a class or concept to the sentences that are embedded."""

import re
from functools import cache

#: The paper's text for a class.
DEFAULT_TEMPLATE = "an image of a {}"

_ARTICLE = re.compile(r"\b([Aa])n? \{\}")


@cache
def _article(name: str) -> str:
    import inflect  # a second that only new texts need to wait for

    return str(inflect.engine().a(name)).split(" ", 1)[0]


def fill(template: str, name: str) -> str:
    """Put a name into a template such as ``"an image of a {}"``.

    An article right before the name is made to fit it: "an image of an apple",
    "an hourglass", "a unicycle".

    Raises
    ------
    ValueError
        If the template does not hold ``{}`` exactly once.
    """
    if template.count("{}") != 1:
        raise ValueError(f"the template {template!r} must hold {{}} once, where the name goes")
    article = _ARTICLE.search(template)
    if article is None:
        return template.replace("{}", name)
    fitting = _article(name)
    fitting = fitting.capitalize() if article[1] == "A" else fitting
    return f"{template[: article.start()]}{fitting} {name}{template[article.end() :]}"


def prompts(templates: tuple[str, ...], names: list[str]) -> list[str]:
    """Every template filled with every name, the templates of one name together."""
    return [fill(template, name) for name in names for template in templates]
