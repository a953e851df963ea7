"""Freshness: how old the data are, what is wrong, and when the next try is, without words for it. Pure."""

from enum import Enum
from math import inf

import msgspec

from ucdn_tui.api.models import TaskKind
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.watch.poll.backoff import is_rate_limit
from ucdn_tui.watch.poll.kind_poller import KindState
from ucdn_tui.watch.poll.poller import PollState
from ucdn_tui.watch.poll.schedule import PollingState

STALE_AFTER = 2
"""Intervals by which a poll must be overdue before the data count as stale."""


class Health(Enum):
    """Whether the data can be relied on. Of several values that apply, the first one counts."""

    PAUSED = "paused"
    SIGN_IN_NEEDED = "sign-in needed"
    RATE_LIMITED = "rate limited"
    STALE = "stale"
    FAILED = "failed"
    LOADING = "loading"
    FRESH = "fresh"


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with one kind of tasks."""

    kind: TaskKind
    error: UcdnTuiError | None
    """None if the API is late without a fault."""


class Freshness(msgspec.Struct, frozen=True):
    """Times in seconds."""

    health: Health
    kinds: tuple[TaskKind, ...]
    """The kinds that `health` is about."""

    age: float | None
    """Since the older of the two kinds' last answers, and since the API last returned the active tasks; None until both
    kinds have an answer. Of tasks that are left out of the answers for long, only `oldest` has the age."""

    kinds_age: float | None
    """The same for `kinds` only."""

    oldest: float | None
    """Since the API last returned the active task that it has not returned for longest; at least `age`."""

    next_try: float
    """Until the API is asked next; 0 or less while a call is running, and 0 while polling waits for the user."""

    loading: bool
    """Whether the first full scan has not ended."""

    problems: tuple[Problem, ...] = ()
    """At most one per kind, refresh first."""

    too_many: tuple[TaskKind, ...] = ()
    """Kinds of which there are more tasks or URLs than are shown."""

    unreadable: int = 0
    """Number of values in the API's answers that could not be read."""

    @property
    def is_partial(self) -> bool:
        """Whether `health` is about one kind only."""
        return len(self.kinds) < len(TaskKind)


def freshness_of(state: PollState, now: float) -> Freshness:
    """Return the freshness at `now`, on the clock's `elapsed`."""
    failing = {kind: kind_state for kind, kind_state in state.kinds.items() if kind_state.error}
    late = [kind for kind, kind_state in state.kinds.items() if _is_late(kind_state, state.interval, now)]
    loading = any(kind_state.loading for kind_state in state.kinds.values())
    health, kinds = _health(state, list(failing), late, loading=loading)
    every, slack = list(state.kinds.values()), STALE_AFTER * state.interval
    age, oldest = _age(every, now, slack), _age(every, now, inf)
    return Freshness(
        health,
        tuple(kinds),
        age=age,
        kinds_age=_age([state.kinds[kind] for kind in kinds], now, slack),
        oldest=oldest,
        next_try=_next_try(list((failing or state.kinds).values()), now),
        loading=loading,
        problems=tuple(
            Problem(kind, kind_state.error)
            for kind, kind_state in state.kinds.items()
            if kind_state.error or (kind in late and not state.paused)
        ),
        too_many=tuple(kind for kind, kind_state in state.kinds.items() if kind_state.too_many),
        unreadable=sum(kind_state.unreadable for kind_state in state.kinds.values()),
    )


def _health(
    state: PollState, failing: list[TaskKind], late: list[TaskKind], *, loading: bool
) -> tuple[Health, list[TaskKind]]:
    kinds = list(state.kinds)
    if state.paused:
        return Health.PAUSED, kinds
    if any(state.kinds[kind].state is PollingState.WAITING_FOR_USER for kind in failing):
        return Health.SIGN_IN_NEEDED, kinds
    if any(is_rate_limit(state.kinds[kind].error) for kind in failing):
        return Health.RATE_LIMITED, failing
    if late:
        return Health.STALE, late
    if failing:
        return Health.FAILED, failing
    return (Health.LOADING if loading else Health.FRESH), kinds


def _is_late(kind_state: KindState, interval: float, now: float) -> bool:
    return now > kind_state.poll_due + STALE_AFTER * interval


def _age(kinds: list[KindState], now: float, slack: float) -> float | None:
    """Return the age of the oldest answer, or of the oldest active task unless that is older by more than `slack`."""
    answered = [kind_state.answered for kind_state in kinds if kind_state.answered is not None]
    if not answered or len(answered) < len(kinds):
        return None
    first = min(answered)
    returned = [kind_state.oldest for kind_state in kinds if kind_state.oldest is not None]
    oldest = min([first, *returned])
    return max(0.0, now - (oldest if first - oldest <= slack else first))


def _next_try(kinds: list[KindState], now: float) -> float:
    tries = [kind_state.next_try for kind_state in kinds if kind_state.next_try is not None]
    return min(tries, default=now) - now
