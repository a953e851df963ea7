"""Schedule: the state of one kind's polling, and the next step that follows from it. Pure, except for jitter."""

from enum import Enum
from math import inf
from random import Random
from typing import NamedTuple

from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.watch.poll.backoff import MAX_BACK_OFF, MIN_DELAY, Reaction, back_off, reaction, retry_after
from ucdn_tui.watch.poll.pace import Pace
from ucdn_tui.watch.poll.settings import Settings

OUTAGE = 60.0
"""Seconds: a step that begins this late ends an outage or a suspend, and a full scan follows."""


class PollingState(Enum):
    """What one kind's polling is doing. A refresh by the user overrides PAUSED, BACKING_OFF and WAITING_FOR_USER."""

    LOADING = "loading"
    """The first full scan runs, with polls in between."""

    POLLING = "polling"
    """Polls at the regular delay, and early checks between them."""

    RECONCILING = "reconciling"
    """A later full scan runs, with polls in between."""

    BACKING_OFF = "backing off"
    """The last step failed; it is retried automatically."""

    WAITING_FOR_USER = "waiting for the user"
    """The last step failed for a reason that only the user can fix, such as wrong keys."""

    PAUSED = "paused"
    """The user has paused polling."""


class Step(Enum):
    """What to ask the API for."""

    POLL = "poll"
    SCAN_PAGE = "page of a full scan"
    EARLY_CHECK = "early check"


class NextStep(NamedTuple):
    """A step, and when it is due; inf: not until something changes."""

    step: Step
    due: float


class Schedule:
    """Every time is on the clock's `elapsed`, in seconds, and is passed in.

    A request by the user overrides a pause and a back-off, but neither a Retry-After nor the minimum delay.
    """

    def __init__(self, settings: Settings, pace: Pace, now: float, random: Random) -> None:
        self.error: UcdnTuiError | None = None
        """The fault of the last step; None after a success."""

        self.answered: float | None = None
        """When the API last gave a usable answer to a poll or a page."""

        self.poll_due = now + pace.delay
        """When the next poll is due if all goes well."""

        self.poll_requested = False
        """Whether to poll now: the user refreshes, or has submitted a task."""

        self.refreshing = False
        """Whether a refresh by the user is not complete yet; it continues in a pause or a back-off."""

        self._settings = settings
        self._pace = pace
        self._random = random
        self._poll_began = now
        self._step: Step | None = None
        """The step being taken."""

        self._requested_during_step = False
        """Whether a request came while a step was running, whose failure must not end it."""

        self._last_step: Step | None = None
        self._pages_until = -inf
        """Until when pages go before polls."""

        self._step_began = -inf
        self._is_late = False
        self._failures = 0
        self._retry_at = now
        self._not_before = -inf

    def state(self, *, scanning: bool, loaded: bool) -> PollingState:
        """Return the state. `scanning`: a full scan runs or is requested; `loaded`: the first one has ended."""
        if not (self.refreshing or self.poll_requested):
            rests = self._step is None
            if self._settings.paused and rests:
                return PollingState.PAUSED
            if self.error is not None:
                waits = self._retry_at == inf and rests
                return PollingState.WAITING_FOR_USER if waits else PollingState.BACKING_OFF
        if not scanning:
            return PollingState.POLLING
        return PollingState.RECONCILING if loaded else PollingState.LOADING

    def next(
        self, state: PollingState, now: float, *, scanning: bool, early_check: float, page_gap: float = 0.0
    ) -> NextStep:
        """Return the next step.

        `early_check` is when a task is predicted to finish, inf for none; `page_gap` is the least delay after a page.
        """
        step = self._poll_or_page(now, scanning=scanning)
        if self.poll_requested:
            return NextStep(step, self._at_once)
        match state:
            case PollingState.PAUSED | PollingState.WAITING_FOR_USER:
                return NextStep(step, inf)
            case PollingState.BACKING_OFF:
                return NextStep(step, self._retry_at)
            case PollingState.LOADING | PollingState.RECONCILING:
                is_slowed = self.error is not None or self._pace.throttle_factor > 1
                due = self._at_once if is_slowed else self._not_before
                return NextStep(step, max(due, self._step_began + page_gap) if step is Step.SCAN_PAGE else due)
            case PollingState.POLLING:
                return self._poll_or_early_check(now, early_check)

    def begin(self, step: Step, now: float) -> None:
        """Record that a step begins."""
        self._step = step
        self._step_began = now
        self._requested_during_step = False
        self._is_late = self.answered is not None and now - self.poll_due > OUTAGE
        if step is Step.POLL:
            self.poll_requested = False

    def succeeded(self, now: float) -> bool:
        """Record that the step succeeded; return whether that ends an outage."""
        step = self._end_step(now)
        if step is Step.EARLY_CHECK:
            return False  # the other tasks were not asked for
        if step is Step.POLL:
            self._poll_began = self._step_began
            self.poll_due = self._poll_began + self._pace.delay
        self.poll_due = max(self.poll_due, now)
        self.answered = now
        self.error = None
        self._failures = 0
        return self._is_late

    def failed(self, now: float, error: UcdnTuiError) -> None:
        """Record that the step failed, and decide when to retry. A fault ends the requests made before the step."""
        self._end_step(now)
        self.error = error
        self.poll_requested = self._requested_during_step
        self.refreshing = self.refreshing and self._requested_during_step
        self._failures += 1
        self._not_before = now + retry_after(error)
        match reaction(error):
            case Reaction.BACK_OFF:
                self._retry_at = max(now + back_off(self._failures, self._random), self._not_before)
            case Reaction.EACH_MINUTE:
                self._retry_at = max(now + MAX_BACK_OFF, self._not_before)
            case Reaction.WAIT_FOR_USER:
                self._retry_at = inf

    def refresh(self) -> None:
        """Poll now, for the user. A poll that is running satisfies that, and so does the very first page."""
        self.refreshing = True
        self._requested_during_step = self._step is not None
        if self._step is not Step.POLL and self.answered is not None:
            self.poll_requested = True

    def request_poll(self) -> None:
        """Poll now, even after a poll that is running: a task has been submitted meanwhile."""
        self.poll_requested = True
        self._requested_during_step = self._step is not None

    def pace_changed(self, now: float) -> None:
        """Reschedule the next poll for the new delay. A poll that was not overdue does not become overdue."""
        self.poll_due = max(self._poll_began + self._pace.delay, min(self.poll_due, now))

    @property
    def _at_once(self) -> float:
        """When a request by the user is due: now, but not before a Retry-After or the minimum delay is over."""
        return max(self._not_before, self._step_began + MIN_DELAY)

    def _poll_or_page(self, now: float, *, scanning: bool) -> Step:
        if self.answered is None:
            return Step.SCAN_PAGE
        if self.poll_requested or not scanning:
            return Step.POLL
        # Polls and pages take turns: on a server slower than the interval, polls alone would starve the scan. A poll of
        # many calls gets no more time than the pages between two of them.
        is_turn = self._last_step is not Step.POLL and self._pages_until <= now
        return Step.POLL if self.poll_due <= now and is_turn else Step.SCAN_PAGE

    def _poll_or_early_check(self, now: float, early_check: float) -> NextStep:
        check_due = max(early_check, self._at_once, now)
        if self._pace.throttle_factor == 1 and check_due <= self.poll_due - MIN_DELAY:
            return NextStep(Step.EARLY_CHECK, check_due)
        return NextStep(Step.POLL, max(self.poll_due, self._at_once))

    def _end_step(self, now: float) -> Step | None:
        if self._step is Step.POLL:
            self._pages_until = now + (now - self._step_began) - self._pace.delay
        self._last_step, self._step = self._step, None
        return self._last_step
