"""What a describe call asks for, read from its flattened parameters."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import get_args

from ucdn_tui.simulator.plan import Status

_DAY = 86_400

_NATURAL = re.compile(r"[0-9]{1,15}", re.ASCII)
_TASK_ID = re.compile(r"TaskId\.[0-9]+", re.ASCII)


class RefusalError(Exception):
    """A request that is answered with a RetCode other than 0."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A describe call's parameters, with the documented defaults filled in."""

    now: float
    task_ids: frozenset[str]
    """Empty: any task."""

    begin: float
    end: float
    status: str | None
    offset: int
    limit: int | None
    is_dcdn: bool | None
    """None: whole-site tasks and the others together, which only a server does that ignores the parameter."""


def parse_query(params: Mapping[str, str], now: float, ignores: Collection[str] = ()) -> Query:
    """Read the parameters of a describe call at a time; RefusalError (230) names the one that cannot be read.

    The window is the last 24 hours unless BeginTime says otherwise. What the call does not know is passed over, and so
    are the names in `ignores`.
    """
    known = {name: value for name, value in params.items() if name.partition(".")[0] not in ignores}
    begin, end = _natural(known, "BeginTime"), _natural(known, "EndTime")
    if end is not None and "BeginTime" not in params:
        raise RefusalError(230, "Params [BeginTime] not available: EndTime needs it")
    first = 0 if "BeginTime" in ignores else int(now) - _DAY
    return Query(
        now=now,
        task_ids=frozenset(value for name, value in known.items() if _TASK_ID.fullmatch(name)),
        begin=first if begin is None else begin,
        end=now if end is None else end,
        status=_one_of(known, "Status", get_args(Status)),
        offset=_natural(known, "Offset") or 0,
        limit=_natural(known, "Limit"),
        is_dcdn=None if "IsDcdn" in ignores else _one_of(known, "IsDcdn", ("true", "false")) == "true",
    )


def _natural(params: Mapping[str, str], name: str) -> int | None:
    value = params.get(name)
    if value is None:
        return None
    if not _NATURAL.fullmatch(value):
        raise _unavailable(name)
    return int(value)


def _one_of(params: Mapping[str, str], name: str, choices: Collection[str]) -> str | None:
    value = params.get(name)
    if value is not None and value not in choices:
        raise _unavailable(name)
    return value


def _unavailable(name: str) -> RefusalError:
    return RefusalError(230, f"Params [{name}] not available")
