"""Rounds: asks the edges once, again, or until nothing is old, and holds what they answered; no widgets."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final

from ucdn_tui.clock import Clock
from ucdn_tui.edge.models import Check, Resolution, Round, Subject
from ucdn_tui.edge.session import RECHECK, EdgeSession
from ucdn_tui.ui.verify.checks import Checks, is_held_back, is_running, may_become_new, with_purges

WATCH_LIMIT: Final = 600.0
"""Seconds that watching takes at most, counted from the end of the tasks."""


class State(Enum):
    """What is going on."""

    ASKING = "asking"
    WAITING = "waiting"
    """For the next round, while it watches."""

    DONE = "done"


class WatchEnd(Enum):
    """Why watching ended by itself."""

    NOTHING_OLD = "nothing-old"
    TIME_OUT = "time-out"


class Rounds:
    """The checks, and when the next ones are made. Cancelling `run` ends the requests."""

    def __init__(
        self,
        session: EdgeSession,
        subjects: Callable[[], Sequence[Subject]],
        clock: Clock,
        on_change: Callable[[], object],
        on_addresses: Callable[[Sequence[str]], object],
    ) -> None:
        """`subjects` returns the URLs with their purges as they are now; `on_addresses` hears of their addresses."""
        self._session = session
        self._subjects = subjects
        self._clock = clock
        self._on_change = on_change
        self._on_addresses = on_addresses
        self.checks = Checks(subjects())
        self.resolutions: dict[str, Resolution] = {}
        self.state = State.ASKING
        self.asked = 0
        """How many of this round's addresses have answered."""

        self.to_ask = 0
        """How many this round asks."""

        self._began = clock.server_now()
        self.watch_end: WatchEnd | None = None
        """How the last watch ended; None if it was stopped, or there was none."""

        self._watch_until: float | None = None
        self._next_round = 0.0

    @property
    def result(self) -> Round:
        """The last answers, and when their round began."""
        return Round(tuple(self.checks.last), self._began)

    @property
    def is_watching(self) -> bool:
        """Whether it repeats until nothing is old."""
        return self._watch_until is not None

    @property
    def is_waiting_for_tasks(self) -> bool:
        """Whether a task has not ended yet."""
        return any(map(is_running, self._subjects()))

    @property
    def held_back(self) -> frozenset[str]:
        """The URLs that are asked only when their task has ended."""
        return frozenset(subject.url for subject in self._subjects() if is_held_back(subject))

    @property
    def seconds_to_next(self) -> float:
        """Seconds until the next round, while it waits for that."""
        return max(0.0, self._next_round - self._clock.elapsed())

    @property
    def seconds_left(self) -> float:
        """Seconds until watching ends."""
        return max(0.0, (self._watch_until or 0.0) - self._clock.elapsed())

    def watch(self) -> None:
        """Repeat from now on until nothing is old; `run` does it."""
        self._watch_until, self.watch_end = self._clock.elapsed() + WATCH_LIMIT, None

    def stop(self) -> None:
        """Stop watching. A round that is being made goes on."""
        self._watch_until = None
        if self.state is State.WAITING:
            self.state = State.DONE

    async def run(self, *, every: bool = True) -> None:
        """Ask all addresses, or only those of which something new may come; repeat that while it watches."""
        self.watch_end = None
        while True:
            await self._ask(every=every)
            every = False
            if not self._goes_on():
                break
            self.state, self._next_round = State.WAITING, self._clock.elapsed() + RECHECK
            self._on_change()
            await self._clock.sleep(RECHECK)
        if self._watch_until is not None:
            self.watch_end = WatchEnd.TIME_OUT if self._may_become_new else WatchEnd.NOTHING_OLD
        self.state, self._watch_until = State.DONE, None
        self._on_change()

    @property
    def _may_become_new(self) -> bool:
        return bool(self.checks.not_asked) or any(map(may_become_new, self.checks.last))

    def _goes_on(self) -> bool:
        if self._watch_until is None or not self._may_become_new:
            return False
        if self.is_waiting_for_tasks:
            self.watch()  # the limit begins when they have ended
        return self.seconds_left >= RECHECK

    async def _ask(self, *, every: bool) -> None:
        """Make a round. While a task runs a watch asks nothing: each check is a request, and fills an empty cache."""
        subjects = self._subjects()
        first = [each for each in subjects if each.url in self.checks.not_asked and not is_held_back(each)]
        again = with_purges(self.checks.last, subjects)
        if not every:
            again = [check for check in again if may_become_new(check) and not is_running(check.subject)]
        if not first and not again:
            return
        self.state, self.asked, self.to_ask = State.ASKING, 0, len(first) + len(again)
        self._began = self._clock.server_now()
        self._on_change()
        if first:
            found = await self._session.check(first, self._take, self._expect)
            self.resolutions |= dict(found.resolutions)
        await self._session.check_again(again, self._take)

    def _expect(self, pairs: Sequence[tuple[Subject, str]]) -> None:
        self.to_ask += len(pairs) - len({subject.url for subject, _address in pairs})
        self.checks.expect(pairs, self._clock.server_now())
        self._on_addresses([address for _subject, address in pairs])
        self._on_change()

    def _take(self, check: Check) -> None:
        self.asked += self.checks.add(check)
        self._on_change()
