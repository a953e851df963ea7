"""Pace: the delay between two polls, the same for both kinds."""

from ucdn_tui.api.models import Phase
from ucdn_tui.clock import Clock
from ucdn_tui.watch.poll.backoff import Throttle
from ucdn_tui.watch.poll.settings import Settings
from ucdn_tui.watch.store import TaskStore

IDLE_FACTOR = 4
"""Number of intervals between two polls while all tasks are settled."""


_MAX_THROTTLED_DELAY = 120.0
"""Seconds: no delay is throttled beyond this. A throttle eases in the same time, which a longer sleep would miss."""


class Pace:
    """The delay is the interval, times `IDLE_FACTOR` while no task is active, times `throttle_factor`."""

    def __init__(self, settings: Settings, store: TaskStore, clock: Clock) -> None:
        self.throttle_factor = 1
        """1, 2, 4 or 8 after rate limits. It changes only in `update`, so that no poll becomes overdue in between."""

        self._settings = settings
        self._store = store
        self._clock = clock
        self._throttle = Throttle()
        self._last_delay = self.delay

    @property
    def delay(self) -> float:
        """Seconds between two polls as things are now."""
        idle = 1 if self._store.keys_in(Phase.ACTIVE) else IDLE_FACTOR
        delay = self._settings.interval * idle
        return min(delay * self.throttle_factor, max(delay, _MAX_THROTTLED_DELAY))

    @property
    def idle_delay(self) -> float:
        """Seconds between two polls while all tasks are settled."""
        return self._settings.interval * IDLE_FACTOR

    def rate_limited(self) -> None:
        """Slow down after the API's answer "too many requests"."""
        self._throttle.rate_limited(self._clock.elapsed())

    def update(self) -> bool:
        """Bring `throttle_factor` up to date; return whether the delay has changed since the last update."""
        self.throttle_factor = self._throttle.factor(self._clock.elapsed())
        before, self._last_delay = self._last_delay, self.delay
        return before != self._last_delay
