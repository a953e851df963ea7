"""Runs the program over a simulated account: reads its screen and moves its clock."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
from rich.text import Text
from textual import events
from textual.keys import _character_to_key
from textual.widgets import Static

from support import PATIENCE
from support.clock import FakeClock
from support.screen.demo_app import app_of, loaded, text_of_screen
from support.screen.table import painted
from ucdn_tui.simulator.account import Account as Simulated
from ucdn_tui.simulator.actions.quirks import Quirks
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.gateway import Gateway
from ucdn_tui.simulator.plan import NEVER
from ucdn_tui.simulator.transport import SimulatorTransport
from ucdn_tui.ui.bars.problem_line import ProblemLine
from ucdn_tui.ui.dashboard import Dashboard
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.ui.text.glyphs import UNICODE, Glyphs

if TYPE_CHECKING:
    from textual.pilot import Pilot

SIZE = (160, 28)
"""Wide enough for both lists side by side, so that each has many rows."""

Fault = Callable[[httpx.Request], httpx.Response]
"""Answers in place of the account, or raises an error of httpx."""

GateOf = Callable[[httpx.Request], asyncio.Event | None]
"""Returns the event that a request waits for before it is answered, if any."""


class ScriptedTransport(httpx.AsyncBaseTransport):
    """A transport to the account; a `fault` answers in its place."""

    def __init__(self, service: Service) -> None:
        self._transport = SimulatorTransport(service)
        self.gateway = Gateway(service)
        self.fault: Fault | None = None
        self.gate_of: GateOf = lambda _request: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        if (gate := self.gate_of(request)) is not None:
            await gate.wait()
        if self.fault is not None:
            return self.fault(request)
        return await self._transport.handle_async_request(request)


class DashboardHarness:
    """The running program, its account and its clock."""

    def __init__(
        self,
        simulated: Simulated,
        clock: FakeClock,
        glyphs: Glyphs,
        interval: float,
        quirks: Quirks | None = None,
        **options: Any,
    ) -> None:
        self.simulated = simulated
        self.clock = clock
        self.service = Service(simulated, quirks=quirks)
        self.transport = ScriptedTransport(self.service)
        self.app = app_of(simulated, clock, glyphs=glyphs, interval=interval, transport=self.transport, **options)
        self.pilot: Pilot[None]
        self.dashboard: Dashboard

    async def pass_time(self, seconds: int) -> None:
        """Advance the clock second by second."""
        for _ in range(seconds):
            await self.clock.advance(1)
        self.dashboard.tick()
        await self.pilot.pause()

    async def settle(self, until: Callable[[], object]) -> None:
        """Wait until `until` returns a true value, without moving the clock."""
        end, pause = time.monotonic() + PATIENCE, 0.01
        await self.pilot.pause()
        while not until():
            if time.monotonic() > end:
                raise AssertionError(f"the condition was not met. The screen:\n{self.screen()}")
            await asyncio.sleep(pause)
            await self.pilot.pause()
            pause = min(0.05, pause * 1.2)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def send(self, *inputs: str) -> None:
        """Send keys, and texts to paste, in one packet, as over a slow connection. A name has more than one letter.

        A text with a space, a colon or a line end is pasted.
        """
        for each in inputs:
            if len(each) == 1:
                self.app.post_message(events.Key(_character_to_key(each), each))
            elif set(each) & set(" :\n"):
                self.app.post_message(events.Paste(each))
            else:
                self.app.post_message(events.Key(each, "\r" if each == "enter" else None))

    async def wheel(self, table: LiveTable[Any, Any], lines: int) -> None:
        """Turn the mouse wheel over a table, down, or up when `lines` is negative."""
        kind = events.MouseScrollDown if lines > 0 else events.MouseScrollUp
        for _ in range(abs(lines)):
            table.post_message(kind(table, 5, 5, 0, 0, 0, False, False, False, 5, 5))
        await self.pilot.pause()

    def screen(self) -> str:
        """Return the text of the screen."""
        return text_of_screen(self.app)

    def top_line(self) -> str:
        return self.screen().split("\n")[0].strip()

    def tasks(self) -> list[str]:
        """Return the lines of the task list."""
        return rows_of(self.dashboard.tasks)

    def urls(self) -> list[str]:
        """Return the lines of the URL list."""
        return rows_of(self.dashboard.details.table)

    def row(self, part: str) -> str:
        """Return the only line of the task list that contains `part`, with single spaces."""
        found = [row for row in self.tasks() if part in row]
        assert len(found) == 1, f"{part!r} is in {len(found)} rows:\n{self.screen()}"
        return re.sub(" +", " ", found[0])

    def summary(self) -> str:
        """Return the summary of the selected task above its URLs."""
        return text_of(self.dashboard.query_one("#task-summary", Static))

    def trouble(self) -> str:
        """Return the problems that are shown, in full; "" while there are none."""
        problems = self.dashboard.query_one(ProblemLine)
        return " ".join(problems.sentences) if problems.display else ""

    @property
    def selected(self) -> str | None:
        """The TaskId of the selected task."""
        key = self.dashboard.tasks.cursor_key
        return None if key is None else key.id

    @property
    def cursor_line(self) -> int:
        """The line of the cursor, counted from the first visible row."""
        table = self.dashboard.tasks
        assert table.cursor_index is not None
        return table.cursor_index - table.scroll_offset.y

    def service_answer(self, request: httpx.Request) -> httpx.Response:
        """Return the account's own answer to a request, for a fault that affects only some requests."""
        answer = self.transport.gateway.answer("POST", "/", request.headers["Content-Type"], request.content)
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)

    def asked(self, **parameters: str) -> list[dict[str, str]]:
        """Return the requests so far that have these parameters."""
        return [request for request in self.service.requests if parameters.items() <= request.items()]


def rows_of(table: LiveTable[Any, Any]) -> list[str]:
    """Return the non-empty lines of a table below its header."""
    return [text.strip() for text in painted(table)[1:] if text.strip()]


def text_of(widget: Static) -> str:
    """Return the text of a widget, whatever the type of its content."""
    content = widget.content
    return content if isinstance(content, str) else content.plain if isinstance(content, Text) else str(content)


@asynccontextmanager
async def running_dashboard(
    simulated: Simulated,
    clock: FakeClock,
    *,
    size: tuple[int, int] = SIZE,
    glyphs: Glyphs = UNICODE,
    interval: float = 5.0,
    notifications: bool = False,
    wait: bool = True,
    fault: Fault | None = None,
    gate_of: GateOf = lambda _request: None,
    **options: Any,
) -> AsyncIterator[DashboardHarness]:
    """Run the program over an account; with `wait` until the window is loaded. `options`: of `app_of`, and `quirks`."""
    harness = DashboardHarness(simulated, clock, glyphs, interval, **options)
    harness.transport.fault, harness.transport.gate_of = fault, gate_of
    async with harness.app.run_test(size=size, notifications=notifications) as pilot:
        harness.pilot = pilot
        if wait:
            harness.dashboard = await loaded(harness.app, pilot)
        else:
            await pilot.pause()
            harness.dashboard = next(screen for screen in harness.app.screen_stack if isinstance(screen, Dashboard))
        yield harness


def account(clock: FakeClock) -> Simulated:
    """Return an account without tasks."""
    return Simulated(clock.server_now, seed=1)


def add(simulated: Simulated, name: str, *, ago: float = 0.0, count: int = 1, **options: Any) -> str:
    """Add a task for `https://cdn.test/<name>-1.jpg` and so on; by default a one-minute refresh that starts at once."""
    kind = options.pop("kind", "refresh")
    urls = [f"https://cdn.test/{name}-{number}.jpg" for number in range(1, count + 1)]
    options = {"created": simulated.now() - ago, "queue": 0.0, "work": 60.0, **options}
    return simulated.add(kind, urls, **options)


def add_waiting(simulated: Simulated, names: Iterable[str], *, ago: float = 0.0) -> list[str]:
    """Add tasks that wait forever, so that only new arrivals change the list: `ago` + 0, 1, 2, … seconds old."""
    return [add(simulated, name, ago=ago + number, queue=NEVER) for number, name in enumerate(names)]
