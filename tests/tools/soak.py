"""Hours of watching in minutes: random faults, tasks that come and go, keys and sizes, over a real socket.

    PYTHONPATH=tests .venv/bin/python -m tools.soak --hours 6 --seed 1

The clock is injected, so an hour takes some minutes. Afterwards the store has to be equal to the server's truth, memory
flat after a warm-up, and nothing left behind: no task of the event loop, no file descriptor.
"""

import argparse
import asyncio
import gc
import os
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from random import Random
from typing import Any

import httpx
from textual.pilot import Pilot

from support.clock import FakeClock
from support.screen.demo_app import NOWHERE, dashboard_of, loaded
from support.servers.simulator_server import background_server
from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import ConfigFile
from ucdn_tui.account.connection import Connection
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER
from ucdn_tui.simulator.service import Service
from ucdn_tui.ui.app import UcdnApp
from ucdn_tui.ui.dashboard import Dashboard
from ucdn_tui.ui.format import UNICODE
from watch.harness import account_state, stored_state

WINDOW = 1800.0
"""Seconds: so short that tasks leave it all the time."""

HOUR = 3600.0

KEYS = (
    *("j", "k", "down", "up", "G", "g", "pagedown", "pageup", "ctrl+d", "ctrl+u", "tab", "enter", "escape", "escape"),
    *("1", "2", "3", "4", "5", "0", "a", "f", "space", "S", "r", "plus", "minus", "minus"),
)
"""Pressed one at a time, at random."""

SEQUENCES: tuple[tuple[str, ...], ...] = (
    ("slash", "c", "d", "n", "enter"),
    ("slash", "exclamation_mark", "7", "enter"),
    ("slash", "x", "y", "z", "escape"),
    ("s", "1"),
    ("s", "4"),
    ("s", "7"),
    ("w", "escape"),
    ("p", "j", "r", "p"),
    ("y", "escape"),
    ("question_mark", "j", "escape"),
    ("tab", "slash", "1", "enter", "s", "2", "escape"),
)
SIZES = ((140, 36), (120, 30), (80, 24), (50, 14), (20, 5), (300, 100))


def _refusal(code: int) -> httpx.Response:
    return httpx.Response(200, json={"RetCode": code, "Action": "x", "Message": "soak"})


def _raise(error: Exception) -> httpx.Response:
    raise error


FAULTS: tuple[Callable[[], httpx.Response], ...] = (
    lambda: _raise(httpx.ConnectError("")),
    lambda: _raise(httpx.ReadTimeout("")),
    lambda: _raise(httpx.RemoteProtocolError("Server disconnected without sending a response.")),
    lambda: httpx.Response(502),
    lambda: httpx.Response(429, headers={"Retry-After": "40"}),
    lambda: httpx.Response(200, content=b"<html>sign in to the network</html>"),
    lambda: httpx.Response(200, content=b'{"RetCode": 0, "TaskList": [{"TaskId": '),
    lambda: httpx.Response(302, headers={"Location": "https://login.example"}),
    *(lambda code=code: _refusal(code) for code in (110, 150, 153, 160, 292, 299, 8039)),  # type: ignore[misc]
)


class ScriptedTransport(httpx.AsyncBaseTransport):
    """The way to the server: real connections, but while there is a fault it is met on the way."""

    def __init__(self) -> None:
        self._transport = httpx.AsyncHTTPTransport()
        self._quiet = 0
        self.in_flight = 0
        self.requests = 0
        self.fault: Callable[[], httpx.Response] | None = None
        self.hits: Callable[[str], bool] = lambda _action: True
        """Whether the fault hits requests of an action."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.in_flight += 1
        self.requests += 1
        try:
            body = await request.aread()
            if self.fault is not None and self.hits(body.decode()):
                return self.fault()
            answer = await self._transport.handle_async_request(request)
            content = await answer.aread()
            return httpx.Response(answer.status_code, headers=answer.headers, content=content)
        finally:
            self.in_flight -= 1

    def is_quiet(self) -> bool:
        """Return whether nothing has been under way for a while: then time may pass."""
        self._quiet = 0 if self.in_flight else self._quiet + 1
        return self._quiet >= 3

    async def aclose(self) -> None:
        await self._transport.aclose()


@dataclass
class Report:
    """What a soak has found."""

    requests: int = 0
    tasks_seen: int = 0
    keys: int = 0
    faults: int = 0
    differences: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    descriptors: tuple[int, int] = (0, 0)
    """Before and after."""
    memory: list[int] = field(default_factory=list)
    """Bytes of the program's own allocations, after each quarter of the time."""

    @property
    def growth(self) -> float:
        """How much more memory there is at the end than after a quarter of the time (1 is none)."""
        return self.memory[-1] / self.memory[0]


class Soak:
    """One run; everything at random comes from the seed."""

    def __init__(self, seed: int, *, keys: bool = True) -> None:
        self._rng = Random(seed)
        self._keys = keys
        self.clock = FakeClock()
        self.account = Account(self.clock.server_now, seed=seed)
        self.road = ScriptedTransport()
        self.report = Report()
        self._known: list[tuple[float, str]] = []

    async def run(self, hours: float) -> Report:
        """PollerHarness for so many hours of the injected clock."""
        before = _descriptors()
        with background_server(Service(self.account)) as server:
            app = self._app(server.url)
            for _ in range(40):
                self._add(ago=self._rng.uniform(0, WINDOW))
            async with app.run_test(size=SIZES[0]) as pilot:
                await self._watch(app, pilot, hours)
        await asyncio.sleep(0.05)
        self.report.pending = [repr(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        self.report.descriptors = before, _descriptors()
        self.report.requests = self.road.requests
        return self.report

    def _app(self, endpoint: str) -> UcdnApp:
        accounts = Accounts(ConfigFile(NOWHERE), self.clock, transport=lambda: self.road, home=NOWHERE, only_one=True)
        keys = Keys(self.account.public_key, Secret(self.account.private_key))
        connection = Connection("soak", keys, endpoint, self.account.default_project)
        return UcdnApp(accounts, connection, self.clock, UNICODE, window=WINDOW, zone=UTC)

    async def _watch(self, app: UcdnApp, pilot: Pilot[None], hours: float) -> None:
        dashboard = await _first_load(app, pilot)
        end, quarter = hours * HOUR, hours * HOUR / 4
        while self.clock.elapsed() < end:
            await self._something(app, pilot)
            dashboard.tick()
            if self.clock.elapsed() >= quarter * (len(self.report.memory) + 1):
                self.report.memory.append(_own_memory())
        await self._calm_down(app, pilot, dashboard)
        self._compare(dashboard)

    async def _something(self, app: UcdnApp, pilot: Pilot[None]) -> None:
        """Let something happen: mostly time passes."""
        rng = self._rng
        match rng.choices(
            ("time", "task", "gone", "key", "fault", "mended", "size", "sleep"), (60, 14, 3, 12, 3, 6, 1, 0.3)
        )[0]:
            case "task":
                self._add()
            case "gone":
                self._remove()
            case "key" if self._keys:
                await self._press(app, pilot)
            case "fault":
                self.report.faults += 1
                self.road.fault = rng.choice(FAULTS)
                action = rng.choice(["", "Refresh", "Prefetch"])
                self.road.hits = lambda body: action in body
            case "mended":
                self.road.fault = None
            case "size" if self._keys:
                await pilot.resize_terminal(*rng.choice(SIZES))
            case "sleep":
                await self._pass(rng.uniform(600, 1500))  # a laptop's lid, closed in between
            case _:
                await self._pass(rng.uniform(0.5, 20))

    async def _pass(self, seconds: float) -> None:
        await self.clock.advance(seconds, self.road.is_quiet)

    async def _press(self, app: UcdnApp, pilot: Pilot[None]) -> None:
        keys = (self._rng.choice(KEYS),) if self._rng.random() < 0.8 else self._rng.choice(SEQUENCES)
        self.report.keys += len(keys)
        await pilot.press(*keys)
        while not isinstance(app.screen, Dashboard):
            await pilot.press("escape")

    def _add(self, ago: float = 0.0) -> None:
        rng = self._rng
        kind = "refresh" if rng.random() < 0.7 else "prefetch"
        count = rng.randint(1, 30)
        urls = [f"https://cdn.test/{rng.randrange(10**6)}-{number}.jpg" for number in range(count)]
        task_id = self.account.add(
            kind,  # type: ignore[arg-type]
            urls,
            created=self.clock.server_now() - ago,
            queue=NEVER if rng.random() < 0.02 else rng.uniform(0, 30),
            work=rng.lognormvariate(4, 1),
            failing=rng.sample(range(count), rng.choice([0, 0, 0, min(2, count)])),
            is_dcdn=rng.random() < 0.1,
        )
        self._known.append((self.clock.server_now(), task_id))
        self.report.tasks_seen += 1

    def _remove(self) -> None:
        """Have the API forget a task; and those that nobody can see any more, so that the server itself stays small."""
        now = self.clock.server_now()
        while self._known and self._known[0][0] < now - 3 * WINDOW:
            self.account.remove(self._known.pop(0)[1])
        if len(self._known) > 20:
            self.account.remove(self._known.pop(self._rng.randrange(len(self._known)))[1])

    async def _calm_down(self, app: UcdnApp, pilot: Pilot[None], dashboard: Dashboard) -> None:
        """Let all faults end, and give it the time that it may take to be right again."""
        self.road.fault = None
        while not isinstance(app.screen, Dashboard):
            await pilot.press("escape")
        if " PAUSED" in f" {dashboard.query_one('#status').render()}":
            await pilot.press("p")
        await self._pass(800)  # the longest wait after a fault, and two reconciliations
        await pilot.press("r")
        await self._pass(30)
        await pilot.press("r")
        await self._pass(30)
        await pilot.pause()

    def _compare(self, dashboard: Dashboard) -> None:
        now = self.clock.server_now()
        expected, shown = account_state(self.account, WINDOW), stored_state(dashboard.store)
        edge = {key for key in {*expected, *shown} if _leaves(self.account, key.kind, key.id, now)}
        for key in {*expected, *shown} - edge:
            if expected.get(key) != shown.get(key):
                self.report.differences.append(f"{key}: {expected.get(key)} on the server, {shown.get(key)} shown")


def _leaves(account: Account, kind: Any, task_id: str, now: float) -> bool:
    """Return whether a task is just leaving the window: between two reconciliations it may be there or not."""
    return any(abs(plan.created - (now - WINDOW)) < 400 for plan in account.find(kind, [task_id]))


async def _first_load(app: UcdnApp, pilot: Pilot[None]) -> Dashboard:
    while not (dashboard := dashboard_of(app)).is_loading:
        await pilot.pause()
    for _ in range(100):
        with suppress(AssertionError):
            return await loaded(app, pilot)
        await asyncio.sleep(0.01)
    return dashboard


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _own_memory() -> int:
    """Return the bytes that the program itself has allocated, without the simulator and the tests; 0 if not traced."""
    gc.collect()
    if not tracemalloc.is_tracing():
        return 1
    package = str(Path(UcdnApp.__module__.replace(".", "/")).parent.parent)
    filters = [
        tracemalloc.Filter(True, f"*/{package}/*"),
        tracemalloc.Filter(False, "*/simulator/*"),
        tracemalloc.Filter(False, "*/tests/*"),
    ]
    textual = tracemalloc.take_snapshot().filter_traces([*filters]).statistics("filename")
    return sum(statistic.size for statistic in textual)


async def main() -> None:
    """Run a soak and tell what it found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=6.0)
    parser.add_argument("--seed", type=int, default=1)
    flags = parser.parse_args()
    tracemalloc.start()
    report = await Soak(flags.seed).run(flags.hours)
    print(f"{flags.hours:g} hours, seed {flags.seed}: {report.requests} requests, {report.tasks_seen} tasks,")
    print(f"{report.keys} keys, {report.faults} faults")
    print("differences:", report.differences or "none")
    print("pending tasks:", report.pending or "none")
    print("file descriptors before and after:", *report.descriptors)
    print("memory of its own after each quarter, MB:", *(f"{size / 2**20:.2f}" for size in report.memory))


if __name__ == "__main__":
    asyncio.run(main())
