"""Flattened parameters: reading them, and refusing what is missing or invalid."""

import re
from collections.abc import Collection, Mapping

_NATURAL = re.compile(r"[0-9]{1,15}", re.ASCII)


class RefusalError(Exception):
    """A request that gets a RetCode other than 0."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def missing(name: str) -> RefusalError:
    return RefusalError(220, f"Missing params [{name}]")


def unavailable(name: str, reason: str = "") -> RefusalError:
    return RefusalError(230, f"Params [{name}] not available" + (f": {reason}" if reason else ""))


def natural(params: Mapping[str, str], name: str) -> int | None:
    """Return a number from 0; None if the parameter is missing."""
    value = params.get(name)
    if value is None:
        return None
    if not _NATURAL.fullmatch(value):
        raise unavailable(name)
    return int(value)


def one_of(params: Mapping[str, str], name: str, choices: Collection[str]) -> str | None:
    """Return a documented word; None if the parameter is missing."""
    value = params.get(name)
    if value is not None and value not in choices:
        raise unavailable(name)
    return value


def flag(params: Mapping[str, str], name: str) -> bool:
    """Return a boolean, which is false by default."""
    return one_of(params, name, ("true", "false")) == "true"


def members(params: Mapping[str, str], name: str) -> list[str]:
    """Return Name.0, Name.1, … in order. A list that begins at 1, or has a gap, lacks a parameter (220)."""
    count = sum(1 for key in params if re.fullmatch(rf"{name}\.[0-9]+", key, re.ASCII))
    names = [f"{name}.{index}" for index in range(count)]
    if absent := [key for key in names if key not in params]:
        raise missing(absent[0])
    return [params[key] for key in names]
