"""The real poller and client over a simulated account, on a clock that is moved by hand: nothing is left to chance."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import parse_qsl

import httpx
from msgspec.structs import replace

from support.clock import FakeClock
from ucdn_tui.api.client import DESCRIBE_REFRESH, UcdnClient
from ucdn_tui.api.models import Task, TaskKey, TaskKind, TaskRow, UrlRow
from ucdn_tui.errors import InternalError
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import Kind
from ucdn_tui.simulator.service import Quirks, Service
from ucdn_tui.simulator.transport import SimulatorTransport
from ucdn_tui.watch.poll.kind_poller import KindState
from ucdn_tui.watch.poll.poller import Client, Poller, PollUpdate
from ucdn_tui.watch.store import Cause, Changes, TaskStore

START = 1_760_000_000.0
"""The server's time when every test begins."""

HOUR = 3600.0
DAY = 24 * HOUR

REFRESH, PREFETCH = TaskKind.REFRESH, TaskKind.PREFETCH

LONG = {"queue": 0.0, "work": 100 * HOUR}
"""How to add a task that is under way for the whole test."""


def url_row(
    status: str | None = "success", progress: int | None = None, address: str | None = None, **fields: Any
) -> UrlRow:
    return UrlRow(address or "https://cdn.example.com/a.jpg", status=status, progress=progress, **fields)


def task_row(task_id: str | None, *urls: UrlRow, status: str | None = "success", **fields: Any) -> TaskRow:
    """Return a task of ten minutes before the start."""
    return TaskRow(task_id, list(urls), **{"type": "file", "create_time": int(START) - 600, "status": status, **fields})


@dataclass(frozen=True)
class Asked:
    """One request of the poller's."""

    at: float
    """The moment, on the clock's `elapsed`, without the microseconds that reading it takes."""

    kind: TaskKind
    params: dict[str, str]

    @property
    def task_ids(self) -> list[str]:
        return [value for name, value in self.params.items() if name.startswith("TaskId.")]

    @property
    def begin(self) -> int:
        return int(self.params["BeginTime"])

    @property
    def offset(self) -> int:
        return int(self.params["Offset"])

    @property
    def is_dcdn(self) -> bool:
        return self.params.get("IsDcdn") == "true"

    @property
    def is_list(self) -> bool:
        """Whether it is a page of a list: of what is new, or of the whole window."""
        return "Offset" in self.params

    @property
    def window(self) -> int:
        """How many seconds a list looks back and, a little, ahead."""
        return int(self.params["EndTime"]) - self.begin


Trouble = httpx.Response | Exception | None


def refusal(ret_code: int) -> httpx.Response:
    """Return the API's own refusal."""
    return httpx.Response(200, json={"RetCode": ret_code, "Message": "no"})


def down(begin: float, end: float, trouble: Callable[[], Trouble] = lambda: httpx.Response(503)) -> Any:
    """Return what makes every request between two moments fail."""
    return lambda asked: trouble() if begin <= asked.at < end else None


class ScriptedTransport(httpx.AsyncBaseTransport):
    """The way to the simulator: it notes what is asked, takes its time, and goes wrong as it is told."""

    def __init__(self, service: Service, clock: FakeClock) -> None:
        self._simulator = SimulatorTransport(service)
        self._clock = clock
        self.asked: list[Asked] = []
        self.latency = 0.0
        """Seconds from a request to its answer, on the clock that is moved by hand."""

        self.trouble: Callable[[Asked], Trouble] = lambda _asked: None
        """What comes in place of an answer; None where nothing goes wrong."""

        self.before: Callable[[Asked], object] = lambda _asked: None
        """Is called before each answer is made: what happens to the account meanwhile."""

        self.rewrite: Callable[[Asked, list[Any]], list[Any]] | None = None
        """What becomes of an answer's TaskList on its way."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        params = dict(parse_qsl((await request.aread()).decode(), keep_blank_values=True))
        kind = REFRESH if params["Action"] == DESCRIBE_REFRESH else PREFETCH
        asked = Asked(round(self._clock.elapsed(), 3), kind, params)
        self.asked.append(asked)
        if self.latency:
            await self._clock.sleep(self.latency)
        self.before(asked)
        trouble = self.trouble(asked)
        if isinstance(trouble, Exception):
            raise trouble
        if trouble is not None:
            return trouble
        answer = await self._simulator.handle_async_request(request)
        if self.rewrite is None:
            return answer
        content = json.loads(answer.content)
        content["TaskList"] = self.rewrite(asked, content.get("TaskList", []))
        return httpx.Response(200, headers={"Date": answer.headers["Date"]}, json=content)


class Ready:
    """A client that need not be made first."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def get(self) -> Client:
        return self._client


class PollerHarness:
    """A poller at work, what it says, and what it asks."""

    def __init__(
        self, clock: FakeClock, account: Account, line: ScriptedTransport, client: Client, **options: Any
    ) -> None:
        self.clock = clock
        self.account = account
        self.line = line
        self.store = TaskStore()
        self.updates: list[PollUpdate] = []
        self.complaints: list[str] = []
        """What was wrong with an update: it must say exactly what has become of the store."""

        self.heard: Callable[[PollUpdate], object] = lambda _update: None
        """Is told each update, too, and may stumble over it."""

        self._shadow: dict[TaskKey, Task] = {}
        self.poller = Poller(Ready(client), self.store, clock, self._emitted, **{"random": Random(1), **options})
        self.running = asyncio.create_task(self.poller.run())

    def state(self, kind: TaskKind = REFRESH) -> KindState:
        """Return how it stands with one kind, the moments as `Asked.at`."""
        state = self.poller.state.kinds[kind]
        moments = {"answered": state.answered, "poll_due": state.poll_due, "next_try": state.next_try}
        return replace(state, **{name: moment and round(moment, 3) for name, moment in moments.items()})

    @property
    def loading(self) -> bool:
        return any(state.loading for state in self.poller.state.kinds.values())

    @property
    def ids(self) -> set[str]:
        return {task.task_id for task in self.store}

    def status_of(self, task_id: str, kind: TaskKind = REFRESH) -> str:
        return self.store[TaskKey(kind, task_id)].status

    def changes(self, cause: Cause | None = None) -> list[Changes]:
        """Return what has changed, answer by answer, of one cause or of all."""
        every = [update.changes for update in self.updates if update.changes]
        return [changes for changes in every if cause in (None, changes.cause)]

    def settled(self) -> list[str]:
        """Return the TaskIds of the tasks that have ended under our eyes, in that order."""
        return [task.task_id for update in self.updates if update.changes for task in update.changes.ended]

    def removed(self) -> list[str]:
        return [task.task_id for changes in self.changes() for task in changes.removed]

    def asked(self, kind: TaskKind | None = None, since: float = 0.0) -> list[Asked]:
        return [asked for asked in self.line.asked if kind in (None, asked.kind) and asked.at >= since]

    def passes(self, kind: TaskKind = REFRESH, since: float = 0.0) -> list[Asked]:
        """Return the first request of each pass over the whole window."""
        return [asked for asked in self._lists(kind, since) if asked.window >= self.poller.state.window]

    def looks(self, kind: TaskKind = REFRESH, since: float = 0.0) -> list[Asked]:
        """Return the first request of each look for what is new."""
        return [asked for asked in self._lists(kind, since) if asked.window < self.poller.state.window]

    def _lists(self, kind: TaskKind, since: float) -> list[Asked]:
        lists = [asked for asked in self.asked(kind, since) if asked.is_list]
        return [asked for asked in lists if asked.offset == 0 and not asked.is_dcdn]

    def forget(self) -> None:
        """Begin anew with what was asked and said."""
        self.line.asked.clear()
        self.updates.clear()

    def _emitted(self, update: PollUpdate) -> None:
        self.updates.append(update)
        self._follow(update.changes or Changes(Cause.POLL))
        if len(self._shadow) != len(self.store) or (
            update.changes and self._shadow != {task.key: task for task in self.store}
        ):
            self.complaints.append(f"the store is not what the updates make of it, since no. {len(self.updates)}")
        for kind, state in update.state.kinds.items():
            if isinstance(state.error, InternalError):
                self.complaints.append(f"{kind}: {state.error}")
        self.heard(update)

    def _follow(self, changes: Changes) -> None:
        for task in changes.added:
            if self._shadow.setdefault(task.key, task) is not task:
                self.complaints.append(f"{task.key} came twice")
        for old, new in changes.changed:
            if old.key != new.key or self._shadow.get(old.key) != old:
                self.complaints.append(f"{old.key} was not as it is said to have been")
            self._shadow[new.key] = new
        for task in changes.removed:
            if self._shadow.pop(task.key, None) != task:
                self.complaints.append(f"{task.key} went without having been there")


@asynccontextmanager
async def running_poller(
    clock: FakeClock,
    account: Account,
    *,
    quirks: Quirks | None = None,
    prepare: Callable[[ScriptedTransport], object] = lambda _line: None,
    **options: Any,
) -> AsyncIterator[PollerHarness]:
    """PollerHarness an account while the block lasts; time has to be moved. AssertionError where an update told a lie.

    prepare: called with the line before anything is asked
    """
    line = ScriptedTransport(Service(account, quirks=quirks), clock)
    prepare(line)
    keys = Keys(account.public_key, Secret(account.private_key))
    async with UcdnClient("https://api.example.com", keys, clock, transport=line) as client:
        watch = PollerHarness(clock, account, line, client, **options)
        try:
            yield watch
        finally:
            watch.poller.stop()
            await asyncio.wait([watch.running])
    assert watch.running.cancelled() or watch.running.result() is None
    assert not watch.complaints, watch.complaints[0]


def add_tasks(
    account: Account, ids: Iterable[str], kind: Kind = "refresh", *, ago: float = HOUR, urls: int = 2, **options: Any
) -> None:
    """Add tasks, a second apart, the first one the newest; they are long over unless `queue` or `work` say else."""
    for number, task_id in enumerate(ids):
        addresses = [f"https://cdn.example.com/{task_id}/{n}.jpg" for n in range(urls)]
        plan = {"queue": 1.0, "work": 9.0, **options}
        account.add(kind, addresses, task_id=task_id, created=account.now() - ago - number, **plan)


def numbered(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number:04}" for number in range(count)]


AccountState = dict[TaskKey, tuple[str, bool, list[tuple[str, str, int, int | None]]]]


def account_state(account: Account, window: float = DAY) -> AccountState:
    """Return how all tasks of the window stand at this moment."""
    now = account.now()
    kinds: tuple[Kind, ...] = ("refresh", "prefetch")
    return {
        TaskKey(TaskKind(kind), plan.task_id): (
            plan.status(now),
            plan.is_dcdn,
            [tuple(u) for u in plan.url_states(now)],
        )
        for kind in kinds
        for plan in account.tasks(kind, None, now, begin=int(now - window))
    }


def stored_state(store: TaskStore) -> AccountState:
    """Return how all tasks stand as far as the store knows."""
    return {
        task.key: (
            task.status,
            task.is_dcdn,
            [(url.url, url.status, url.percent, url.finished) for url in store.urls(task.key)],
        )
        for task in store
    }
