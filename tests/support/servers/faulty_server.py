"""A simulated account behind a real socket that can fail in many ways."""

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

from support.servers.raw_server import Behaviour, RawServer, Request, answer
from ucdn_tui.api.client import DESCRIBE_PREFETCH, DESCRIBE_REFRESH
from ucdn_tui.api.models import TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.gateway import Gateway

INTERVAL = 5.0
"""Seconds between two polls while anything is active."""

KINDS = {DESCRIBE_REFRESH: TaskKind.REFRESH, DESCRIBE_PREFETCH: TaskKind.PREFETCH}


@dataclass(frozen=True)
class Asked:
    """One request that reached the server."""

    at: float
    """The moment, on the clock's `elapsed`."""

    kind: TaskKind
    params: dict[str, str]


class Port:
    """A loopback port that stays reserved while nothing listens on it, so that it can be opened again."""

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
        """Drop all connections, and answer each request like this from now on; `hello` as in RawServer."""
        await self.close()

        def latest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Awaitable[bool]:
            return behave(listener.requests[-1], reader, writer)  # the request that was just read

        self._listener = listener = _Listener(latest, tls=tls, hello=hello)
        listener.port = self.number
        await listener.__aenter__()

    async def close(self) -> None:
        """Drop all connections, and refuse further ones."""
        listener, self._listener = self._listener, None
        if listener is not None:
            await listener.__aexit__()


class _Listener(RawServer):
    async def __aenter__(self) -> Self:
        # A client with an idle connection does not answer TLS's close_notify: do not wait for it.
        patience = {"ssl_shutdown_timeout": 0.01} if self._tls else {}
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", self.port, ssl=self._tls, reuse_port=True, **patience
        )
        return self


class FaultyServer:
    """The API of an account on its own port; correct, unless a test sets a fault."""

    def __init__(self, service: Service, clock: Clock, port: Port, tls: ssl.SSLContext | None) -> None:
        self.port = port
        self.asked: list[Asked] = []
        """All complete requests, oldest first."""

        self.fault: Callable[[Asked], Behaviour | None] = lambda _asked: None
        """The behaviour for a request; None: the correct answer."""

        self.rewrite: Callable[[Asked, dict[str, Any]], object] = lambda _asked, document: document
        """Changes the document of a correct answer."""

        self.gate_of: Callable[[Asked], asyncio.Event | None] = lambda _asked: None
        """What a request waits for before it is answered."""

        self.way_back_of: Callable[[Asked], asyncio.Event | None] = lambda _asked: None
        """What a correct answer waits for before it is sent."""

        self.waiting = 0
        """The number of requests and answers that wait."""

        self._gateway = Gateway(service)
        self._clock = clock
        self._tls = tls

    async def listen(self) -> None:
        """Drop all connections, and listen as at the start."""
        await self.port.listen(self._answer, tls=self._tls)

    async def listen_as_another(self, *, tls: ssl.SSLContext | None = None, hello: bytes | None = None) -> None:
        """Drop all connections, and listen with another certificate, or with a `hello` as in RawServer."""
        await self.port.listen(self._answer, tls=tls, hello=hello)

    async def _answer(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        asked = Asked(self._clock.elapsed(), KINDS[request.form["Action"]], request.form)
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
