"""The program over a simulated account behind a real socket, which can be made to fail in every way that there is."""

import asyncio
import json
import re
import socket
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
from support.servers.raw_server import Behaviour, RawServer, Request, answer
from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import ConfigFile
from ucdn_tui.account.connection import Connection
from ucdn_tui.api.client import DESCRIBE_PREFETCH, DESCRIBE_REFRESH, UcdnClient
from ucdn_tui.api.lazy import LazyClient
from ucdn_tui.api.models import Project, TaskKind, TaskPage
from ucdn_tui.clock import Clock
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account as Simulated
from ucdn_tui.simulator.gateway import Gateway
from ucdn_tui.simulator.service import Quirks, Service
from ucdn_tui.ui.app import UcdnApp
from ucdn_tui.ui.bars.status_bar import StatusBar
from ucdn_tui.ui.glyphs import UNICODE

INTERVAL = 5.0
"""Seconds between two looks while anything is active."""

_KINDS = {DESCRIBE_REFRESH: TaskKind.REFRESH, DESCRIBE_PREFETCH: TaskKind.PREFETCH}

_SIZE = (108, 20)
"""Cells of a screen that is painted quickly."""

_CLOSE = 1e-6
"""Seconds of the hand-moved clock that make no difference."""


@dataclass(frozen=True)
class Asked:
    """One request as the server got it."""

    at: float
    """The moment, on the clock's `elapsed`."""

    kind: TaskKind
    params: dict[str, str]


@dataclass
class Call:
    """One call of the client's, whether or not it got as far as the server."""

    at: float
    kind: TaskKind
    failed: bool = False


class Port:
    """A loopback port that stays ours also while nobody listens at it, and so can be opened again."""

    def __init__(self) -> None:
        self._guard = socket.socket()
        self._guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._guard.bind(("127.0.0.1", 0))
        self.number = int(self._guard.getsockname()[1])
        self._listener: _Listener | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
        self._guard.close()

    async def listen(
        self,
        behave: Callable[[Request, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bool]],
        *,
        tls: ssl.SSLContext | None = None,
        hello: bytes | None = None,
    ) -> None:
        """Break off whatever there was, and answer each request like this from now on; `hello` as in RawServer."""
        await self.close()

        def latest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Awaitable[bool]:
            return behave(listener.requests[-1], reader, writer)  # it was read in this very turn

        self._listener = listener = _Listener(latest, tls=tls, hello=hello)
        listener.port = self.number
        await listener.__aenter__()

    async def close(self) -> None:
        """Break off all connections, and refuse further ones."""
        listener, self._listener = self._listener, None
        if listener is not None:
            await listener.__aexit__()


class _Listener(RawServer):
    async def __aenter__(self) -> Self:
        # A client that leaves a connection idle does not answer TLS's good-bye: do not wait for it.
        patience = {"ssl_shutdown_timeout": 0.01} if self._tls else {}
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", self.port, ssl=self._tls, reuse_port=True, **patience
        )
        return self


class FaultyServer:
    """The API over an account at a port of its own: honest, unless told otherwise."""

    def __init__(self, service: Service, clock: Clock, port: Port, tls: ssl.SSLContext | None) -> None:
        self.port = port
        self.asked: list[Asked] = []
        """All requests that arrived whole, oldest first."""

        self.fault: Callable[[Asked], Behaviour | None] = lambda _asked: None
        """What a request gets instead of an honest answer; None: that answer."""

        self.rewrite: Callable[[Asked, dict[str, Any]], object] = lambda _asked, document: document
        """What becomes of an honest answer's document on its way."""

        self.gate_of: Callable[[Asked], asyncio.Event | None] = lambda _asked: None
        """What a request waits for before it is looked at."""

        self.way_back_of: Callable[[Asked], asyncio.Event | None] = lambda _asked: None
        """What an honest answer waits for when it has been made."""

        self.waiting = 0
        """How many wait so, either way."""

        self._gateway = Gateway(service)
        self._clock = clock
        self._tls = tls

    async def listen(self) -> None:
        """Break off whatever there was, and listen as at first."""
        await self.port.listen(self._answer, tls=self._tls)

    async def listen_as_another(self, *, tls: ssl.SSLContext | None = None, hello: bytes | None = None) -> None:
        """Break off whatever there was, and listen with another certificate, or as RawServer does with a `hello`."""
        await self.port.listen(self._answer, tls=tls, hello=hello)

    async def _answer(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        asked = Asked(self._clock.elapsed(), _KINDS[request.form["Action"]], request.form)
        self.asked.append(asked)
        await self._wait(self.gate_of(asked))
        behave = self.fault(asked)
        if behave is None:
            honest = self._gateway.answer("POST", "/", request.headers["content-type"], request.body)
            document = self.rewrite(asked, json.loads(honest.body))
            behave = answer(json.dumps(document).encode(), honest.status, honest.headers)
            await self._wait(self.way_back_of(asked))
        return await behave(reader, writer)

    async def _wait(self, gate: asyncio.Event | None) -> None:
        if gate is not None:
            self.waiting += 1
            try:
                await gate.wait()
            finally:
                self.waiting -= 1


class _CountedApi:
    """The real client, with a note of each call: a port that refuses sees nothing that could be counted."""

    def __init__(self, api: LazyClient, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self.calls: list[Call] = []
        self.under_way = 0

    async def get(self) -> Self:
        return self  # at once, so that a call in which the client cannot be made counts, too

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
    """The real client, whose patience can be changed while it is used: a busy machine needs some to begin with."""

    def wait_for(self, seconds: float) -> None:
        self._timeout = seconds
        self._http.timeout = httpx.Timeout(seconds, connect=seconds / 3)


class _Accounts(Accounts):
    """The real ones, whose client is watched; there is one dashboard in a test, and so one client."""

    def client(self, connection: Connection) -> Any:
        self.api = _CountedApi(super().client(connection), self._clock)
        return self.api


class FaultyDashboard(DashboardHarness):
    """The running program, and the server that it faces. Time moves only when nothing is under way."""

    def __init__(self, server: FaultyServer, service: Service, clock: FakeClock, endpoint: str, **options: Any) -> None:
        self.server = server
        self.proxy: Port | None = None
        """What stands between the two, where a test puts something there."""

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
        """Have a call take so many real seconds at the most."""
        self.client.wait_for(seconds)
        yield
        self.client.wait_for(PATIENCE)

    @property
    def calls(self) -> list[Call]:
        """All calls of the client's, oldest first."""
        return self._accounts.api.calls

    def calls_of(self, kind: TaskKind, since: float) -> list[Call]:
        return [call for call in self.calls if call.kind is kind and call.at >= since]

    async def begins(self) -> None:
        """Wait until something has been asked: that begins after the first frame."""
        api, end = self._accounts.api, time.monotonic() + PATIENCE
        while not api.calls and not api.under_way:
            if time.monotonic() > end:
                raise AssertionError(f"nothing is asked. The screen:\n{self.screen()}")
            await asyncio.sleep(0.001)

    async def quiet(self) -> None:
        """Wait until each kind has its answer, but for those that the server holds back, and what follows from it."""
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
        """Let so many seconds go by, but no more once something holds; return whether it does."""
        end, last = self.clock.elapsed() + seconds, False
        with self.app.batch_update():  # nobody looks meanwhile, and painting is what takes time
            await self.look()
            while not until():
                due = self.clock.sleepers.next_due
                last = due is None or due > end + _CLOSE
                await self.clock.advance(max(0.0, (end if last else due) - self.clock.elapsed()))
                await self.look()
                if last:
                    break
        self.app.screen.check_idle()  # Textual lays out what was put off meanwhile only when something else happens
        return until() if last else True

    async def look(self) -> None:
        """Have the widgets say how it stands now. (Until it is painted, too, see `sees`.)"""
        await self.quiet()
        self.dashboard.tick()

    async def press(self, *keys: str) -> None:
        await super().press(*keys)
        await self.look()

    def pulse(self) -> str:
        """Return the top line, as it will be painted."""
        return text_of(self.dashboard.query_one("#status", StatusBar)).strip()

    async def sees(self, *words: str) -> None:
        """Wait until all these words are painted, each of them in one line or in several."""
        end = time.monotonic() + PATIENCE
        while missing := [some for some in words if some not in self._painted()]:
            if time.monotonic() > end:
                raise AssertionError(f"{missing} do not appear on the screen:\n{self.screen()}")
            await asyncio.sleep(0.01)

    def _painted(self) -> str:
        """Return what is on the screen, its lines and runs of spaces joined."""
        strips = self.app.screen._compositor.render_strips()  # a picture, as `screen` makes one, takes long
        return " ".join(" ".join(strip.text for strip in strips).split())

    def statuses(self) -> dict[str, str]:
        """Return the tasks in the list, by the name that `add` gave to their URLs, with the word for their status."""
        found = [re.search(r"^\S+ (.+?) {2,}.*cdn\.test/([\w-]+)-1\.jpg", row) for row in self.tasks()]
        assert all(found), f"a row that cannot be read:\n{self.screen()}"
        return {match[2]: match[1] for match in found if match}

    def is_right(self) -> bool:
        """Return whether the screen claims to be up to date, with nothing wrong."""
        return bool(re.search(r"updated \S+ ago · next", self.pulse())) and not self.trouble()


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
    """Run the program over this account, and wait until its first answers are there; `loaded`: and all is right.

    `prepare` is given the server before it is asked anything. `client` has further options of the real client,
    `options` of the program: `profile` for keys in the keyring, `time_of` for a clock of its own.
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
                await faulty_dashboard.look()
                if loaded:
                    assert faulty_dashboard.is_right(), faulty_dashboard.screen()
                yield faulty_dashboard
