"""How often to ask: the gap between looks, and what to do after which fault. Pure, but for the given random source."""

from enum import Enum
from http import HTTPStatus
from random import Random

from ucdn_tui.errors import (
    AUTH_CODES,
    ApiError,
    Fault,
    HttpStatusError,
    KeyringError,
    NoCredentialsError,
    RetCodeError,
    TransportError,
    UcdnTuiError,
)

RATE_LIMITED = 153
"""The RetCode of whoever asks too often."""

IDLE_FACTOR = 4
"""How many intervals lie between two looks while all tasks are settled."""

MIN_GAP = 1.0
"""Seconds between two looks at the least, whatever a person, a prediction or chance says."""

BACK_OFF_CAP = 60.0
"""Seconds between two tries at the most, and between tries where only somebody elsewhere can help."""

_RETRY_AFTER_CAP = 3600.0
"""Seconds: a server that asks to be left alone for longer is asked again after this."""


_EASING = 120.0
"""Seconds without a complaint after which the pace is doubled again."""

_SLOWEST = 3
"""How often the pace is halved at the most: to an eighth."""


class Brake:
    """Slows the pace for a while after the API has said that it is asked too often: by half, each time anew."""

    def __init__(self) -> None:
        self._level = 0
        self._since = 0.0

    def hit(self, now: float) -> None:
        """Note such a complaint. `now` is on the clock's `elapsed`, in seconds."""
        self._level, self._since = min(_SLOWEST, self._level_at(now) + 1), now

    def factor(self, now: float) -> int:
        """Return by how much longer the gaps are: 1, 2, 4 or 8."""
        return 1 << self._level_at(now)

    def _level_at(self, now: float) -> int:
        return max(0, self._level - int(max(0.0, now - self._since) / _EASING))


def is_rate_limit(error: UcdnTuiError | None) -> bool:
    """Return whether the API says that it is asked too often."""
    match error:
        case RetCodeError():
            return error.code == RATE_LIMITED
        case HttpStatusError():
            return error.status == HTTPStatus.TOO_MANY_REQUESTS
        case _:
            return False


class Reaction(Enum):
    """What the poller does after a fault."""

    BACK_OFF = "back off"
    EACH_MINUTE = "try each minute"
    WAIT_FOR_USER = "wait for the user"


_REACTIONS = {
    **dict.fromkeys(AUTH_CODES, Reaction.WAIT_FOR_USER),
    292: Reaction.EACH_MINUTE,
    294: Reaction.EACH_MINUTE,
    295: Reaction.EACH_MINUTE,
    299: Reaction.EACH_MINUTE,
}


def reaction(error: UcdnTuiError) -> Reaction:
    """Return what to do: wrong keys wait for a person, permissions for another one, everything else passes."""
    match error:
        case RetCodeError():
            return _REACTIONS.get(error.code, Reaction.BACK_OFF)
        case TransportError(fault=Fault.CERTIFICATE):
            return Reaction.EACH_MINUTE
        case KeyringError() | NoCredentialsError():
            return Reaction.WAIT_FOR_USER
        case _:
            return Reaction.BACK_OFF


def back_off(failures: int, random: Random) -> float:
    """Return the seconds to wait after so many failures in a row: exponential, capped, with full jitter."""
    return max(MIN_GAP, random.uniform(0.0, min(BACK_OFF_CAP, 2.0 ** min(failures, 10))))


def retry_after(error: UcdnTuiError) -> float:
    """Return the seconds for which the server asked to be left alone, 0 where it did not."""
    seconds = error.retry_after if isinstance(error, ApiError) else None
    return min(seconds or 0.0, _RETRY_AFTER_CAP)
