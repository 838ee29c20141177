"""What holds for a user or a machine and for no study: where big things lie, and who computes.

``$SING_SETTINGS``, else ``sing/settings.toml`` in the user's configuration
folder. Never part of a run's key: results do not depend on it.
"""

import os
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


class BadSettingsError(ValueError):
    """A settings file that cannot be meant."""

    exit_code = 2


@dataclass(frozen=True)
class Storage:
    """Where big things lie.

    Attributes
    ----------
    shards
        Features and embeddings: a folder or an address; the data root if None.
    published
        An address where results are published too, and those of other machines are taken over.
    """

    shards: str | None = None
    published: str | None = None


@dataclass(frozen=True)
class Engine:
    """Who computes.

    Attributes
    ----------
    address
        A cluster's; this process if None.
    cpus, gpus
        What each unit of work is given there.
    """

    address: str | None = None
    cpus: int = 1
    gpus: float = 0.0


@dataclass(frozen=True)
class Settings:
    """All of it."""

    storage: Storage = field(default_factory=Storage)
    engine: Engine = field(default_factory=Engine)


def settings_file() -> Path:
    """Where the settings are."""
    if named := os.environ.get("SING_SETTINGS"):
        return Path(named).expanduser()
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home).expanduser() / "sing" / "settings.toml"


def load_settings() -> Settings:
    """Read the settings; without a file, everything is as it is by default.

    Raises
    ------
    BadSettingsError
        If the file cannot be read, or says what nobody knows.
    """
    path = settings_file()
    try:
        told = tomllib.loads(path.read_text())
    except FileNotFoundError:
        if os.environ.get("SING_SETTINGS"):
            raise BadSettingsError(
                f"$SING_SETTINGS names {path}, which is not there; name a file, or unset it"
            ) from None
        return Settings()
    except (OSError, ValueError) as error:
        raise BadSettingsError(f"{path} cannot be read as settings: {error}") from error
    parts = {"storage": Storage, "engine": Engine}
    if unknown := sorted(set(told) - set(parts)):
        raise BadSettingsError(f"{path} has [{unknown[0]}]; known: [storage] and [engine]")
    return Settings(**{name: _part(path, name, parts[name], told.get(name, {})) for name in parts})


def _part(path: Path, name: str, kind: Any, told: Any) -> Any:
    known = {one.name: one for one in fields(kind)}
    if not isinstance(told, dict) or (unknown := sorted(set(told) - set(known))):
        what = f"{name}.{unknown[0]}" if isinstance(told, dict) else name
        raise BadSettingsError(
            f"{path} says {what}; known are {', '.join(f'{name}.{one}' for one in known)}"
        )
    for key, value in told.items():
        if isinstance(known[key].default, int | float):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            whole = known[key].type is not int or isinstance(value, int)
            least = 1 if key == "cpus" else 0
            if not (number and whole and value >= least):
                need = f"a whole number of {least} or more" if key == "cpus" else "a number from 0"
                raise BadSettingsError(f"{path}: {name}.{key} is {value!r}; need {need}")
        elif not isinstance(value, str) or not value.strip():
            raise BadSettingsError(f"{path}: {name}.{key} is {value!r}; need a text")
    return kind(**told)
