"""The program over a simulated account behind a real socket that can fail; only its clock is moved by hand."""

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Self
from unittest.mock import patch

import httpx

from support import PATIENCE
from support.clock import FakeClock
from support.idle import idle
from support.screen.dashboard import DashboardHarness, text_of
from support.screen.demo_app import NOWHERE, dashboard_of
from support.servers.faulty_server import INTERVAL, FaultyServer, Port
from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import ConfigFile
from ucdn_tui.account.connection import Connection
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.api.lazy import LazyClient
from ucdn_tui.api.models import Project, TaskKind, TaskPage
from ucdn_tui.clock import Clock
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account as Simulated
from ucdn_tui.simulator.actions.service import Quirks, Service
from ucdn_tui.ui.app import UcdnApp
from ucdn_tui.ui.bars.status_bar import StatusBar
from ucdn_tui.ui.text.glyphs import UNICODE

_SIZE = (108, 20)
"""The screen's size in cells; small, so that painting is fast."""


_CLOSE = 1e-6
"""Tolerance in seconds of the fake clock."""


@dataclass
class Call:
    """One call of the client, whether or not it reached the server."""

    at: float
    kind: TaskKind
    failed: bool = False


class _CountedApi:
    """The real client, with a record of each call: a port that refuses connections sees no requests."""

    def __init__(self, api: LazyClient, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self.calls: list[Call] = []
        self.under_way = 0

    async def get(self) -> Self:
        return self  # at once, so that calls count for which the client cannot be created

    async def describe_refresh_tasks(self, **query: Any) -> TaskPage:
        return await self._note(TaskKind.REFRESH, lambda client: client.describe_refresh_tasks(**query))

    async def describe_prefetch_tasks(self, **query: Any) -> TaskPage:
        return await self._note(TaskKind.PREFETCH, lambda client: client.describe_prefetch_tasks(**query))

    async def get_project_list(self) -> list[Project]:
        return await (await self._api.get()).get_project_list()

    async def aclose(self) -> None:
        await self._api.aclose()

    async def _note(self, kind: TaskKind, ask: Callable[[UcdnClient], Awaitable[TaskPage]]) -> TaskPage:
        call = Call(self._clock.elapsed(), kind)
        self.calls.append(call)
        self.under_way += 1
        try:
            return await ask(await self._api.get())
        except Exception:
            call.failed = True
            raise
        finally:
            self.under_way -= 1


class _Client(UcdnClient):
    """The real client, with a timeout that can be changed: the first calls need a long one on a busy machine."""

    def wait_for(self, seconds: float) -> None:
        self._timeout = seconds
        self._http.timeout = httpx.Timeout(seconds, connect=seconds / 3)


class _Accounts(Accounts):
    """The real accounts with a recorded client. A test has one dashboard, and so one client."""

    def client(self, connection: Connection) -> Any:
        self.api = _CountedApi(super().client(connection), self._clock)
        return self.api


class FaultyDashboard(DashboardHarness):
    """The running program and its server. Time passes only while no call is running."""

    def __init__(self, server: FaultyServer, service: Service, clock: FakeClock, endpoint: str, **options: Any) -> None:
        self.server = server
        self.proxy: Port | None = None
        """The proxy between the two, if a test has one."""

        self.service = service
        self.simulated = service.account
        self.clock = clock
        keys = Keys(self.simulated.public_key, Secret(self.simulated.private_key))
        profile = options.pop("profile", None)
        connection = Connection(profile or "env", None if profile else keys, endpoint, profile=profile)
        time_of = options.pop("time_of", clock)
        self.client: _Client
        self._accounts = _Accounts(ConfigFile(NOWHERE), time_of, home=NOWHERE)
        self.app = UcdnApp(
            self._accounts, connection, time_of, UNICODE, **{"interval": INTERVAL, "zone": UTC, **options}
        )

    @asynccontextmanager
    async def impatient(self, seconds: float) -> AsyncIterator[None]:
        """Set the timeout of calls, in real seconds."""
        self.client.wait_for(seconds)
        yield
        self.client.wait_for(PATIENCE)

    @property
    def calls(self) -> list[Call]:
        """All calls of the client, oldest first."""
        return self._accounts.api.calls

    def calls_of(self, kind: TaskKind, since: float) -> list[Call]:
        return [call for call in self.calls if call.kind is kind and call.at >= since]

    async def begins(self) -> None:
        """Wait for the first call, which follows the first frame."""
        api, end = self._accounts.api, time.monotonic() + PATIENCE
        while not api.calls and not api.under_way:
            if time.monotonic() > end:
                raise AssertionError(f"no call was made. The screen:\n{self.screen()}")
            await asyncio.sleep(0.001)

    async def quiet(self) -> None:
        """Wait until all calls have ended, except for those that wait in the server, and were handled."""
        api, end = self._accounts.api, time.monotonic() + PATIENCE
        while True:
            before = len(api.calls), api.under_way
            await idle()
            if before == (len(api.calls), self.server.waiting) and api.under_way == self.server.waiting:
                return
            if time.monotonic() > end:
                raise AssertionError(f"a call does not end. The screen:\n{self.screen()}")
            await asyncio.sleep(0.001)

    async def pass_time(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let that many seconds pass, or stop once a condition holds; return whether it holds."""
        end, last = self.clock.elapsed() + seconds, False
        with self.app.batch_update():  # painting takes most of the time
            await self.update()
            while not until():
                due = self.clock.sleepers.next_due
                last = due is None or due > end + _CLOSE
                await self.clock.advance(max(0.0, (end if last else due) - self.clock.elapsed()))
                await self.update()
                if last:
                    break
        self.app.screen.check_idle()  # Textual would do the delayed layout only at the next event
        return until() if last else True

    async def update(self) -> None:
        """Update the widgets. They are painted later, see `sees`."""
        await self.quiet()
        self.dashboard.tick()

    async def press(self, *keys: str) -> None:
        await super().press(*keys)
        await self.update()

    def status_text(self) -> str:
        """Return the top line, as it will be painted."""
        return text_of(self.dashboard.query_one("#status", StatusBar)).strip()

    async def sees(self, *words: str) -> None:
        """Wait until all these texts are painted, each in one or several lines."""
        end = time.monotonic() + PATIENCE
        while missing := [some for some in words if some not in self._painted()]:
            if time.monotonic() > end:
                raise AssertionError(f"{missing} do not appear on the screen:\n{self.screen()}")
            await asyncio.sleep(0.01)

    def _painted(self) -> str:
        """Return the text on the screen, with lines and runs of spaces joined."""
        strips = self.app.screen._compositor.render_strips()  # faster than a screenshot
        return " ".join(" ".join(strip.text for strip in strips).split())

    def statuses(self) -> dict[str, str]:
        """Return the statuses in the list, by the tasks' names as given to `add`."""
        found = [re.search(r"^\S+ (.+?) {2,}.*cdn\.test/([\w-]+)-1\.jpg", row) for row in self.tasks()]
        assert all(found), f"a row that cannot be read:\n{self.screen()}"
        return {match[2]: match[1] for match in found if match}

    def is_right(self) -> bool:
        """Return whether the screen claims to be fresh and without problems."""
        return bool(re.search(r"updated \S+ ago · next", self.status_text())) and not self.trouble()


@asynccontextmanager
async def faulty_dashboard(
    clock: FakeClock,
    simulated: Simulated,
    *,
    endpoint: str = "http://127.0.0.1:{port}",
    tls: ssl.SSLContext | None = None,
    port: Port | None = None,
    quirks: Quirks | None = None,
    client: dict[str, Any] | None = None,
    prepare: Callable[[FaultyServer], object] = lambda _server: None,
    loaded: bool = True,
    **options: Any,
) -> AsyncIterator[FaultyDashboard]:
    """Run the program over this account, and wait for its first answers; `loaded`: check that all is right.

    `prepare` gets the server before the first request. `client` has further options of the real client,
    `options` of the program: `profile` for keys in the keyring, `time_of` for another clock.
    """
    service = Service(simulated, quirks=quirks)
    async with port or Port() as own:
        server = FaultyServer(service, clock, own, tls)
        prepare(server)
        await server.listen()
        faulty_dashboard = FaultyDashboard(server, service, clock, endpoint.format(port=own.number), **options)

        def make(*args: Any, **kwargs: Any) -> UcdnClient:
            faulty_dashboard.client = _Client(*args, **kwargs, **(client or {}))
            return faulty_dashboard.client

        with patch("ucdn_tui.api.client.UcdnClient", make):
            async with faulty_dashboard.app.run_test(size=_SIZE) as faulty_dashboard.pilot:
                faulty_dashboard.dashboard = dashboard_of(faulty_dashboard.app)
                await faulty_dashboard.begins()
                await faulty_dashboard.update()
                if loaded:
                    assert faulty_dashboard.is_right(), faulty_dashboard.screen()
                yield faulty_dashboard
