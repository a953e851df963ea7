"""A loopback HTTP server with a scripted behaviour per request, for everything that a healthy server would not do."""

import asyncio
import contextlib
import itertools
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl

from support import PATIENCE

REQUEST_ID = "5c2f9a4e-raw-server"
"""The X-UCLOUD-REQUEST-UUID of every answer, unless given."""

DATE = "Thu, 09 Oct 2025 08:53:20 GMT"
"""The Date of every answer, unless given: 1760000000 in Unix seconds."""

_PACE = 0.005
"""Seconds between two pieces of an endless answer."""


@dataclass(frozen=True)
class Request:
    """One received request."""

    method: str
    target: str
    headers: dict[str, str]
    """By lower-case name."""

    body: bytes
    connection: int
    """The number of its connection, from 0."""

    @property
    def form(self) -> dict[str, str]:
        """The body's parameters. A repeated name fails the test."""
        pairs = parse_qsl(self.body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
        form = dict(pairs)
        assert len(form) == len(pairs), f"a parameter was sent twice: {pairs}"
        return form


Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bool]]
"""Answers one request; returns whether the connection stays open."""


class RawServer:
    """Listens on 127.0.0.1 inside `async with`. The n-th request gets the n-th behaviour; the last one repeats.

    With `hello`, every connection gets those bytes and is closed, as by a server of another protocol.
    """

    def __init__(self, *behaviours: Behaviour, tls: ssl.SSLContext | None = None, hello: bytes | None = None) -> None:
        self._behaviours = behaviours
        self._tls = tls
        self._hello = hello
        self._tasks: set[asyncio.Task[None]] = set()
        self._answered = 0
        self._asked = asyncio.Event()
        self.connections = 0
        """Number of connections, with or without a request."""

        self.requests: list[Request] = []
        """All complete requests, oldest first."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        for result in results:
            if isinstance(result, Exception):  # a bug in a behaviour; CancelledError is no Exception
                raise result

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def asked(self) -> None:
        """Wait for the first request."""
        await self._asked.wait()

    async def idle(self) -> None:
        """Wait until all connections are closed; those that the server does not close, the client must."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*self._tasks)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer, self.connections))
        self.connections += 1
        self._tasks.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                if self._hello is not None:
                    writer.write(self._hello)
                    await reader.read(4096)  # so that closing does not reset the connection
                    return
                stays_open = True
                while stays_open:
                    self.requests.append(await _read_request(reader, connection))
                    self._asked.set()
                    behaviour = self._behaviours[min(self._answered, len(self._behaviours) - 1)]
                    self._answered += 1
                    stays_open = await behaviour(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _read_request(reader: asyncio.StreamReader, connection: int) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    method, target, _version = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body, connection)


def head(status: int = 200, headers: Mapping[str, str | None] | None = None) -> bytes:
    """Return an answer's head with a request id and a Date. A header given as None is left out."""
    every = {"X-UCLOUD-REQUEST-UUID": REQUEST_ID, "Date": DATE, **(headers or {})}
    lines = [f"{name}: {value}" for name, value in every.items() if value is not None]
    return "\r\n".join([f"HTTP/1.1 {status} Whatever", *lines, "", ""]).encode("latin-1")


def answer(body: bytes = b"", status: int = 200, headers: Mapping[str, str | None] | None = None) -> Behaviour:
    """Send a complete answer; leave the connection open."""
    return raw(head(status, {"Content-Length": str(len(body)), **(headers or {})}) + body, stay_open=True)


def raw(data: bytes, *, stay_open: bool = False) -> Behaviour:
    """Send these bytes; then close the connection, unless it is to stay open."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        await writer.drain()
        return stay_open

    return behave


def reset(data: bytes = b"") -> Behaviour:
    """Send these bytes, then reset the connection."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        await writer.drain()
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return False

    return behave


def silent(data: bytes = b"") -> Behaviour:
    """Send these bytes, then nothing until the client disconnects."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        await reader.read()  # until the client disconnects
        return False

    return behave


def endless(piece: bytes, data: bytes = b"") -> Behaviour:
    """Send these bytes, then a piece every few milliseconds until the client disconnects."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        for _ in itertools.count():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(_PACE)
        return False

    return behave


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """Reserve a loopback port on which nothing listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]
