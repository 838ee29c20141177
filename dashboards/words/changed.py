"""What two runs were asked and made with, setting by setting."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def changed_settings(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """Yield the settings that differ between two runs: name, before, after; rows of ``runs``."""
    yield from differences(json.loads(before["config_json"]), json.loads(after["config_json"]))
    if before["code_version"] != after["code_version"]:
        yield "code version", before["code_version"], after["code_version"]


def differences(before: Any, after: Any, name: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield what differs between two values of JSON: name, before, after."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            inner = f"{name}.{key}" if name else key
            yield from differences(before.get(key), after.get(key), inner)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for i, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{name}[{i}]")
    elif before != after:
        yield name, json.dumps(before), json.dumps(after)
