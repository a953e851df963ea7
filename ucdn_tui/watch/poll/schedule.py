"""Schedule: when one kind is asked next: after a success, after a fault, while paused, when a person wants it now."""

from math import inf
from random import Random

from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.watch.poll import backoff as pace
from ucdn_tui.watch.poll.backoff import Reaction

OUTAGE = 60.0
"""Seconds beyond plan without a look after which everything is looked at again, not only what is new and active."""


class Schedule:
    """All moments are on the clock's `elapsed`, in seconds; every method is told what time it is.

    A person's wish (`forced`) beats pause and back-off, but neither a Retry-After nor the least gap between two looks.
    """

    def __init__(self, now: float, random: Random) -> None:
        self.paused = False
        self.forced = False
        self.error: UcdnTuiError | None = None
        self.answered: float | None = None
        """When the API last gave a usable answer."""
        self._random = random
        self._began = -inf
        self._started = now
        self._tried = -inf
        self._failures = 0
        self._retry_at = now
        self._not_before = -inf
        self._replanned = -inf
        self._longest_gap = 0.0

    def planned(self, gap: float) -> float:
        """Return when the next look is due if all goes well; a look that is much later makes the data stale."""
        return max(max(self._began, self._started) + gap, self._replanned)

    def replan(self, now: float, before: float) -> None:
        """Note that the gap has changed; it was `before`. No look that was not overdue so far becomes so by it."""
        self._replanned = min(self.planned(before), now)
        self._longest_gap = max(self._longest_gap, before)

    def next_try(self, gap: float, *, busy: bool) -> float:
        """Return when to ask next, inf for not by itself. `busy`: a pass waits for its next page."""
        if self.forced:
            return self._not_before if busy and not self.error else self.at_once()
        if self.paused:
            return inf
        if self.error is not None:
            return self._retry_at
        return -inf if busy else self.planned(gap)

    def glance(self, expected: float) -> float:
        """Return when to look at what is expected to be over then; inf for not by itself."""
        if self.paused or self.error is not None or self.answered is None:
            return inf
        return max(expected, self.at_once())

    def at_once(self) -> float:
        """Return when a person's wish is heard."""
        return max(self._not_before, self._tried + pace.MIN_GAP)

    def trying(self, now: float) -> None:
        """Note that a request, or a look of several, begins."""
        self._tried = now

    def look_began(self, began: float) -> None:
        """Note that a look, begun then, has succeeded as a whole."""
        self._began = began
        self._replanned = -inf

    def succeeded(self, now: float, gap: float) -> bool:
        """Note that all that was asked was answered. Return whether it ends an outage (or the sleep of a laptop)."""
        outage = self.answered is not None and now - self.answered > max(gap, self._longest_gap) + OUTAGE
        self._longest_gap = 0.0
        if self.answered is None:
            self._replanned = now  # however long the first answer was waited for, what it brought is not stale
        self.answered = now
        self.error = None
        self._failures = 0
        return outage

    def failed(self, now: float, error: UcdnTuiError) -> None:
        """Note a fault, and decide when the next try is."""
        self.error = error
        self.forced = False
        self._failures += 1
        self._not_before = now + pace.retry_after(error)
        match pace.reaction(error):
            case Reaction.BACK_OFF:
                self._retry_at = max(now + pace.back_off(self._failures, self._random), self._not_before)
            case Reaction.EACH_MINUTE:
                self._retry_at = max(now + pace.BACK_OFF_CAP, self._not_before)
            case Reaction.WAIT_FOR_USER:
                self._retry_at = inf
