"""The parameters of a describe call, parsed from their flattened form."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import get_args

from ucdn_tui.simulator.plan import Status

_DAY = 86_400

_NATURAL = re.compile(r"[0-9]{1,15}", re.ASCII)
_TASK_ID = re.compile(r"TaskId\.[0-9]+", re.ASCII)


class RefusalError(Exception):
    """A request that gets a RetCode other than 0."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A describe call's parameters, with the documented defaults filled in."""

    now: float
    task_ids: frozenset[str]
    """Empty for any task."""

    begin: float
    end: float
    status: str | None
    offset: int
    limit: int | None
    is_dcdn: bool | None
    """None for both kinds, as from a server that ignores the parameter."""


def parse_query(params: Mapping[str, str], now: float, ignores: Collection[str] = ()) -> Query:
    """Parse the parameters of a describe call made at `now`; RefusalError (230) names an invalid one.

    Without BeginTime the window is the last 24 hours. Unknown parameters and those in `ignores` are ignored.
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
