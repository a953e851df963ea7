"""Pace: the delay between two polls, the same for both kinds."""

from ucdn_tui.api.models import Phase
from ucdn_tui.clock import Clock
from ucdn_tui.watch.poll.backoff import Throttle
from ucdn_tui.watch.poll.settings import Settings
from ucdn_tui.watch.store import TaskStore

IDLE_FACTOR = 4
"""Intervals between two polls while all tasks are settled."""


class Pace:
    """The interval, four times as long while nothing is active, and longer after rate limits."""

    def __init__(self, settings: Settings, store: TaskStore, clock: Clock) -> None:
        self.throttle_factor = 1
        """1, 2, 4 or 8, as of the last `update`: it must not make a poll overdue in between."""

        self._settings = settings
        self._store = store
        self._clock = clock
        self._throttle = Throttle()
        self._last_delay = self.delay

    @property
    def delay(self) -> float:
        """Seconds between two polls as things are now."""
        idle = 1 if self._store.keys_in(Phase.ACTIVE) else IDLE_FACTOR
        return self._settings.interval * idle * self.throttle_factor

    @property
    def idle_delay(self) -> float:
        """Seconds between two polls while all tasks are settled."""
        return self._settings.interval * IDLE_FACTOR

    def rate_limited(self) -> None:
        """Slow down: the API says that there are too many requests."""
        self._throttle.rate_limited(self._clock.elapsed())

    def update(self) -> bool:
        """Apply what has changed since; return whether the delay is another one."""
        self.throttle_factor = self._throttle.factor(self._clock.elapsed())
        before, self._last_delay = self._last_delay, self.delay
        return before != self._last_delay
