"""Rules of a gate, as people write them: ``feature_share(class) <= +0.02``."""

import re
from dataclasses import dataclass

_RULE = re.compile(
    r"\s*(?P<metric>\w+)\s*(?:\((?P<of>[^()]*)\))?\s*(?P<way><=|>=)\s*"
    r"(?P<limit>[+-]?\d+(?:\.\d+)?)\s*(?P<percent>%?)\s*(?:for\s+(?P<model>\S.*?))?\s*"
)

_HELP = (
    "need METRIC <= LIMIT or METRIC >= LIMIT, perhaps `for MODEL`: a limit with a sign is a change "
    "against the baseline (+0.02), with % a change in percent (-5%), a bare one is the figure's own"
)


class BadRuleError(ValueError):
    """A rule that cannot be read, or about a figure that there is not."""

    exit_code = 2


@dataclass(frozen=True)
class Rule:
    """A bound on a figure or on its change.

    Attributes
    ----------
    text
        As it was given.
    metric, of
        The figure, and the group or class that it is of, if it is of one.
    at_most
        Whether the limit is an upper one.
    limit
        In units of the figure; of a change in percent as a share (0.05).
    kind
        ``value``, ``change`` or ``percent``: what is bounded.
    model
        The only model that it is about; None for all.
    """

    text: str
    metric: str
    of: str | None
    at_most: bool
    limit: float
    kind: str
    model: str | None

    @classmethod
    def read(cls, text: str) -> "Rule":
        """Read a rule.

        Raises
        ------
        BadRuleError
            If it is none, saying what one looks like.
        """
        found = _RULE.fullmatch(text)
        if found is None:
            raise BadRuleError(f"the rule {text!r} cannot be read; {_HELP}")
        limit = float(found["limit"])
        kind = "value"
        if found["percent"]:
            kind, limit = "percent", limit / 100
        elif found["limit"][0] in "+-":
            kind = "change"
        of = None if found["of"] is None else found["of"].strip()
        return cls(
            " ".join(text.split()), found["metric"], of, found["way"] == "<=", limit, kind,
            found["model"],
        )  # fmt: skip

    @property
    def needs_baseline(self) -> bool:
        """Whether it is about a change."""
        return self.kind != "value"
