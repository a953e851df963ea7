"""The throttle after rate limits, and the back-off after faults. Pure, except for the random source."""

from enum import Enum
from http import HTTPStatus
from random import Random

from ucdn_tui.errors import (
    AUTH_CODES,
    RATE_LIMITED,
    ApiError,
    Fault,
    HttpStatusError,
    KeyringError,
    NoCredentialsError,
    RetCodeError,
    TransportError,
    UcdnTuiError,
)

MIN_DELAY = 1.0
"""Minimum seconds between two polls, whatever the user, a prediction or jitter asks for."""

MAX_BACK_OFF = 60.0
"""Maximum seconds between two tries, and the fixed delay for faults that only an administrator can fix."""

_MAX_RETRY_AFTER = 3600.0
"""Seconds: a longer Retry-After is cut to this."""

_EASING = 120.0
"""Seconds without a rate limit after which the polling rate doubles, up to the normal rate."""

_MAX_LEVEL = 3
"""Maximum number of halvings (3: one eighth of the normal rate)."""


class Throttle:
    """Halves the polling rate at each rate limit, and doubles it again after a while without one."""

    def __init__(self) -> None:
        self._level = 0
        self._since = 0.0

    def rate_limited(self, now: float) -> None:
        """Record a rate limit. `now` is on the clock's `elapsed`, in seconds."""
        self._level, self._since = min(_MAX_LEVEL, self._level_at(now) + 1), now

    def factor(self, now: float) -> int:
        """Return the factor for all delays: 1, 2, 4 or 8."""
        return 1 << self._level_at(now)

    def _level_at(self, now: float) -> int:
        return max(0, self._level - int(max(0.0, now - self._since) / _EASING))


def is_rate_limit(error: UcdnTuiError | None) -> bool:
    """Return whether the error is RetCode 153 or HTTP 429: too many requests."""
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
    """Return the reaction to a fault.

    Wrong keys wait for the user; missing permissions and untrusted certificates are retried each minute, as they take
    an administrator; all other faults are temporary.
    """
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
    """Return the seconds to wait after this many consecutive failures: exponential, capped, with full jitter."""
    return max(MIN_DELAY, random.uniform(0.0, min(MAX_BACK_OFF, 2.0 ** min(failures, 10))))


def retry_after(error: UcdnTuiError) -> float:
    """Return the error's Retry-After in seconds, capped; 0 if it has none."""
    seconds = error.retry_after if isinstance(error, ApiError) else None
    return min(seconds or 0.0, _MAX_RETRY_AFTER)
