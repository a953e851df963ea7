"""A schedule, and what happens to it."""

from math import inf
from random import Random

from support.clock import FakeClock
from ucdn_tui.errors import HttpStatusError, UcdnTuiError
from ucdn_tui.watch.poll.pace import Pace
from ucdn_tui.watch.poll.schedule import NextStep, PollingState, Schedule, Step
from ucdn_tui.watch.poll.settings import Settings
from ucdn_tui.watch.store import TaskStore

START = 100.0

DELAY = 5.0

FAULT = HttpStatusError(503)


class ScheduleBench:
    """A schedule, its settings and its pace. All tasks are settled, so the delay is four intervals."""

    def __init__(self, seed: int = 1) -> None:
        self.settings = Settings(interval=DELAY / 4)
        self.pace = Pace(self.settings, TaskStore(), FakeClock())
        self.schedule = Schedule(self.settings, self.pace, START, Random(seed))
        self.scanning = False
        self.loaded = True

    @property
    def state(self) -> PollingState:
        return self.schedule.state(scanning=self.scanning, loaded=self.loaded)

    def next(self, now: float, early_check: float = inf) -> NextStep:
        return self.schedule.next(self.state, now, scanning=self.scanning, early_check=early_check)

    def take(self, step: Step, began: float, ended: float) -> bool:
        self.schedule.begin(step, began)
        return self.schedule.succeeded(ended)

    def fail(self, step: Step, began: float, error: UcdnTuiError = FAULT) -> None:
        self.schedule.begin(step, began)
        self.schedule.failed(began + 1, error)
