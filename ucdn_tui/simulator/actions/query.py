"""The parameters of a describe call, parsed from their flattened form."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import get_args

from ucdn_tui.simulator.actions.parameters import flag, natural, one_of, unavailable
from ucdn_tui.simulator.plan import Status

_DAY = 86_400

_TASK_ID = re.compile(r"TaskId\.[0-9]+", re.ASCII)


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
    begin, end = natural(known, "BeginTime"), natural(known, "EndTime")
    if end is not None and "BeginTime" not in params:
        raise unavailable("BeginTime", "EndTime needs it")
    first = 0 if "BeginTime" in ignores else int(now) - _DAY
    return Query(
        now=now,
        task_ids=frozenset(value for name, value in known.items() if _TASK_ID.fullmatch(name)),
        begin=first if begin is None else begin,
        end=now if end is None else end,
        status=one_of(known, "Status", get_args(Status)),
        offset=natural(known, "Offset") or 0,
        limit=natural(known, "Limit"),
        is_dcdn=None if "IsDcdn" in ignores else flag(known, "IsDcdn"),
    )
