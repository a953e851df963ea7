"""One seed: random events, faults and commands, the program's session beside the model, and how they may differ."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from random import Random
from unittest.mock import patch

from support.virtual_time import Stopwatch, VirtualClock, run
from ucdn_tui.api.models import Phase, Task, TaskKey, TaskKind
from ucdn_tui.errors import InternalError
from ucdn_tui.watch.poll import fetcher
from ucdn_tui.watch.session import WatchSession
from watch.differential.model_server import Habits, ModelServer, ModelTask

START = 1_760_000_000.0

PAGE_SIZE = 10
"""Tasks per page at first: a scan of some tens of tasks has several pages."""

QUIET = 900.0
"""Seconds without events, faults and commands, after which the store must be equal to the server."""

WINDOWS = (900.0, 3600.0, 86400.0)

OUTCOMES = ("success", "success", "success", "failure", "unknow")


class Profile(Enum):
    """What kind of server a seed has."""

    SOUND = "sound"
    """As documented, in any order, with any TotalCount. Nothing fails."""

    FAULTY = "faulty"
    """Likewise, but calls fail."""

    ODD = "odd"
    """It caps pages, ignores parameters, sends no Date, or values cannot be read. Calls may fail."""


def habits_of(profile: Profile, random: Random) -> Habits:
    """Draw how the server answers."""
    habits = Habits(
        order=random.choice(["newest", "oldest", "shuffled"]),
        total_count=random.choice(["tasks", "absent", "lying"]),
        latency=random.choice([0.0, 0.1, 0.3, 1.5]),
        narrows_ids=random.random() < 0.7,
    )
    if profile is Profile.FAULTY or (profile is Profile.ODD and random.random() < 0.5):
        habits.fault_rate = random.choice([0.02, 0.1, 0.4])
    if profile is Profile.ODD:
        match random.randrange(7):
            case 0 | 1:
                habits.page_cap = random.choice([1, 3])
            case 2:
                habits.ignores = frozenset({"TaskId"})
                habits.page_cap = random.choice([1, 3, 10**9])
            case 3:
                habits.ignores = frozenset({"Limit"})
            case 4:
                habits.ignores = frozenset({"Offset"})
            case 5:
                habits.sends_date = False
            case _:
                habits.unreadable = random.choice([0.05, 0.5])
        if habits.page_cap < PAGE_SIZE:
            habits.latency = min(habits.latency, 0.1)  # with more, what must be asked for takes longer than it is true
    return habits


@dataclass
class Scenario:
    """One seed's run. `differences` says how the program and the model differed."""

    seed: int
    profile: Profile
    differences: list[str] = field(default_factory=list)
    calls: int = 0

    def run(self) -> "Scenario":
        """Run it in simulated time."""
        with (
            patch.object(fetcher, "FIRST_PAGE_SIZE", PAGE_SIZE),
            patch.object(fetcher, "time", Stopwatch),
        ):
            run(self._run)
        return self

    async def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        random = self._random = Random(f"{self.profile.value} {self.seed}")
        habits = habits_of(self.profile, random)
        error = random.choice([0.0, -45.0, 45.0, 7200.0, -7200.0])
        self._clock = VirtualClock(loop, START, error if habits.sends_date or abs(error) < 60 else 0.0)
        self._server = ModelServer(self._clock, habits, random)
        self._windows = [random.choice(WINDOWS)]
        self._paused_at = -inf
        self._pinned: TaskKey | None = None
        self._shown: set[TaskKey] = set()
        self._is_sound = self.profile is Profile.SOUND
        interval = random.choice([2.0, 5.0, 5.0, 10.0, 30.0])
        self._populate()
        events = self._events()
        session = self._session = WatchSession(
            self._server, self._clock, interval=interval, window=self._windows[0], random=Random(self.seed)
        )
        async with session:
            for at, act in events:
                await self._pass_time(at, 4.0 * random.uniform(0.5, 2))
                act()
            habits.fault_rate = 0.0
            session.pause(False)
            session.set_interval(30.0)  # fewer calls, or these minutes would take most of the test's time
            await self._pass_time(loop.time() + QUIET, 45.0)
            self._compare()
        self.calls = self._server.calls

    async def _pass_time(self, until: float, step: float) -> None:
        while (now := self._clock.elapsed()) < until:
            await self._clock.sleep(min(step, until - now))
            self._check_moment()

    # Events

    def _populate(self) -> None:
        random = self._random
        count = random.choice([0, 3, 15, 40, 60])
        for _ in range(count):
            self._add(START - random.uniform(0, 1.2 * self._windows[0]))
        if random.random() < 0.05 and self._server.habits.page_cap > PAGE_SIZE:  # many active tasks
            for _ in range(240):
                self._add(START - random.uniform(0, 800), work=random.uniform(1500, 9000), kind=TaskKind.REFRESH)

    def _add(self, created: float, *, work: float | None = None, kind: TaskKind | None = None) -> None:
        random = self._random
        kind = kind or random.choice(list(TaskKind))
        starts = created + random.choice([0.0, random.uniform(0, 90)])
        work = work or random.choice([3.0, random.uniform(5, 60), random.uniform(60, 700), random.choice([1.0, 1e5])])
        urls = random.randint(1, 3)
        failing = random.choice([0, 0, 1, urls])
        task = ModelTask(
            kind=kind,
            id=f"{len(self._server.tasks):04}-{random.getrandbits(16):x}",
            is_dcdn=random.random() < 0.1,
            created=int(created),
            listed=created if random.random() < 0.8 else created + random.uniform(0, 50),
            starts=starts,
            ends=starts + max(1.0, work),
            outcome="failure" if failing == urls else random.choice(OUTCOMES),
            failing=failing,
            urls=urls,
        )
        self._server.tasks[kind, task.id] = task

    def _events(self) -> list[tuple[float, Callable[[], None]]]:
        random, length = self._random, self._random.choice([60.0, 150.0, 300.0])
        acts: list[Callable[[], None]] = [self._arrive] * random.choice([0, 5, 20])
        acts += [self._delete] * random.choice([0, 2, 6])
        commands = [self._refresh, self._change_window, self._track, self._pin, self._pause]
        acts += random.choices(commands, k=3)
        if not self._is_sound:
            acts += [self._change_faults] * 2
        times = sorted(random.choices([random.uniform(0, length) for _ in range(1 + len(acts) // 2)], k=len(acts)))
        random.shuffle(acts)
        return list(zip(times, acts, strict=True))

    def _arrive(self) -> None:
        for _ in range(self._random.choice([1, 1, 2, 9])):
            self._add(self._clock.true_now())

    def _delete(self) -> None:
        now = self._clock.true_now()
        tasks = [task for task in self._server.tasks.values() if task.is_listed(now)]
        for task in self._random.sample(tasks, min(len(tasks), self._random.choice([1, 1, 5]))):
            task.deleted = now

    def _refresh(self) -> None:
        self._session.refresh()

    def _change_window(self) -> None:
        self._windows.append(self._random.choice(WINDOWS))
        self._session.set_window(self._windows[-1])

    def _track(self) -> None:
        tasks = list(self._server.tasks)
        if tasks and self._random.random() < 0.7:
            kind, task_id = self._random.choice(tasks)
            self._session.track(TaskKey(kind, task_id))
        else:
            self._session.look_up("no-such-task")
            self._session.end_look_up("no-such-task")
            self._session.track(TaskKey(TaskKind.PREFETCH, "no-such-task"))

    def _pin(self) -> None:
        keys = sorted(self._session.store.keys())
        self._pinned = self._random.choice(keys) if keys and self._random.random() < 0.7 else None
        self._session.pin(self._pinned)

    def _pause(self) -> None:
        self._session.pause(not self._session.paused)

    def _change_faults(self) -> None:
        habits = self._server.habits
        habits.fault_rate = self._random.choice([0.0, habits.fault_rate, 0.9]) if habits.fault_rate else 0.0

    # Checks

    def _check_moment(self) -> None:
        """No row that is shown as live is older than the freshness that is shown, and none goes without reason."""
        self._check_removals()
        freshness = self._session.freshness()
        for problem in freshness.problems:
            if isinstance(problem.error, InternalError):
                self._differ(f"{problem.error}")
        if self._session.paused:
            self._paused_at = self._clock.elapsed()
        oldest = freshness.oldest
        now = self._clock.true_now()
        for task in self._live():
            model = self._server.tasks.get((task.kind, task.task_id))
            if model is None:
                self._differ(f"{task.task_id} is shown, and never existed")
                continue
            age = now - model.until(task.status, task.percent)
            if oldest is not None and age > oldest + 0.01:
                self._differ(
                    f"{task.task_id} is shown as {task.status} {task.percent} %, {age:.0f} s old, not {oldest:.0f}"
                )
            if self._is_sound and now - model.deleted > self._notice_within():
                self._differ(
                    f"{task.task_id} was deleted {now - model.deleted:.0f} s ago and is shown as {task.status}"
                )

    def _check_removals(self) -> None:
        """What the server lists all the time stays; what it has deleted goes soon, if it was active."""
        now, shown = self._clock.true_now(), set(self._session.store.keys())
        for key in self._shown - shown:
            model = self._server.tasks[key.kind, key.id]
            if model.is_listed(now) and model.created > now - min(self._windows) + self._margin():
                self._differ(f"{key.id} was removed, and the server lists it")
        self._shown = shown
        if not self._is_sound:
            return
        for key in self._session.store.keys_in(Phase.ACTIVE):
            deleted = self._server.tasks[key.kind, key.id].deleted
            if key != self._pinned and now - deleted > self._notice_within() + self._two_scans():
                self._differ(f"{key.id} was deleted {now - deleted:.0f} s ago, and is still there")

    def _margin(self) -> float:
        """Return by how many seconds the program's window may begin too late: its clock is only right with a Date."""
        return 0.0 if self._server.habits.sends_date else 60.0

    def _live(self) -> list[Task]:
        store = self._session.store
        return [task for key in store.keys_in(Phase.ACTIVE) if not (task := store[key]).is_unlisted]

    def _notice_within(self) -> float:
        """Return the seconds in which a deleted active task must be seen as such on a server without faults."""
        if self._clock.elapsed() - self._paused_at < 60:
            return inf
        return 3 * self._session.interval + 60 * self._server.habits.latency + 10

    def _two_scans(self) -> float:
        """Return the seconds that two full scans may take, which share the time with polls and follow earlier ones."""
        pages = len(self._server.tasks) / PAGE_SIZE + 4
        return 3 * self._session.interval + 10 * pages * self._server.habits.latency + 10

    def _late(self) -> float:
        """Return the seconds for which a settled task may still be shown after it has left the window or the API."""
        delays = 8 * self._session.interval  # two full scans, each of which begins with a poll of an idle account
        return min(720.0, max(240.0, self._session.window / 4)) + delays + 300 * self._server.habits.latency

    def _compare(self) -> None:
        """After the quiet time, the store has what the server has."""
        now, session = self._clock.true_now(), self._session
        freshness = session.freshness()
        if freshness.loading:
            self._differ("the first full scan has not ended")
        truth = self._server.listed(now, session.window)
        shown = {(task.kind, task.task_id): task for task in session.store}
        for key in truth.keys() - shown.keys():
            if truth[key].created > now - session.window + self._margin():
                self._differ(f"{key[1]} is not shown: {truth[key]}")
        for key, task in shown.items():
            model = self._server.tasks[key]
            if key not in truth:
                left = min(model.deleted, model.created + session.window)
                if now - left > self._late() and not (task.is_outside or task.is_unlisted):
                    self._differ(f"{key[1]} is still shown as {task.status}, {now - left:.0f} s after it left")
            elif model.until(task.status, task.percent) < now - (freshness.oldest or 0) - 0.01:
                self._differ(f"{key[1]} is shown as {task.status} {task.percent} %, and is {model.state(now)}")
        if "TaskId" in self._server.habits.ignores:
            return  # nothing tells how a pinned task goes on that has left the window
        if freshness.oldest is None or freshness.oldest > 5 * session.interval + 60 * self._server.habits.latency + 30:
            self._differ(f"the oldest live task is {freshness.oldest} s old")

    def _differ(self, words: str) -> None:
        self.differences.append(f"{self.profile.value} {self.seed}, at {self._clock.elapsed():.1f} s: {words}")
