"""Which engine an address names."""

import importlib.util
from collections.abc import Iterator
from contextlib import closing, contextmanager

from flows.engines.engine import HERE, BadEngineError, Engine
from warehouse.settings import load_settings

_KNOWN = "ray:auto, ray:HOST:PORT, ray://HOST:PORT or dask://HOST:PORT"


def kind_of(address: str) -> tuple[str, str]:
    """The engine that an address names, and the address that it knows itself.

    Raises
    ------
    BadEngineError
        If there is none, or it is not installed.
    """
    kind, _, rest = address.partition(":")
    host, _, port = rest.removeprefix("//").rpartition(":")
    is_named = bool(host) and port.isdigit()
    if kind == "ray" and (rest == "auto" or is_named):
        there = address if rest.startswith("//") else rest
    elif kind == "dask" and is_named and rest.startswith("//"):
        there = rest.removeprefix("//")
    else:
        raise BadEngineError(f"{address!r} names no engine; need {_KNOWN}")
    package = {"ray": "ray", "dask": "distributed"}[kind]
    if importlib.util.find_spec(package) is None:
        raise BadEngineError(
            f"{address} needs the package {package}, which is not installed; install "
            f"sing-null-space[{kind}]"
        )
    return kind, there


@contextmanager
def engine_at(address: str | None) -> Iterator[Engine]:
    """Join the cluster at an address, or else at that of the settings; without, none.

    Raises
    ------
    BadEngineError, EngineError
        If it names none, or none answers.
    """
    settings = load_settings().engine
    address = address or settings.address
    if address is None:
        yield HERE
        return
    kind, there = kind_of(address)
    if kind == "ray":
        from flows.engines.on_ray import OnRay

        with closing(OnRay(there, settings.cpus, settings.gpus)) as ray:
            yield ray
    else:
        from flows.engines.on_dask import OnDask

        with closing(OnDask(there, settings.cpus)) as dask:
            yield dask
