"""A loopback HTTP server that does what it is told, one behaviour a request: all that a healthy server would not do."""

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
"""What every whole answer has as its X-UCLOUD-REQUEST-UUID, unless told otherwise."""

DATE = "Thu, 09 Oct 2025 08:53:20 GMT"
"""What every whole answer has as its Date, unless told otherwise: 1760000000 in Unix seconds."""

_PACE = 0.005
"""Seconds between two pieces of what never ends."""


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    """By lower-case name."""

    body: bytes
    connection: int
    """Which connection it came over, counted from 0."""

    @property
    def form(self) -> dict[str, str]:
        """The body's parameters; a name that comes twice is a mistake."""
        pairs = parse_qsl(self.body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
        form = dict(pairs)
        assert len(form) == len(pairs), f"a parameter was sent twice: {pairs}"
        return form


Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bool]]
"""Answers one request; returns whether the connection is kept for the next one."""


class RawServer:
    """Listens on 127.0.0.1 while it is entered; the n-th request gets the n-th behaviour, the last one goes on.

    With `hello`, a connection is greeted with it and closed, as by a server of another kind, whatever it asks.
    """

    def __init__(self, *behaviours: Behaviour, tls: ssl.SSLContext | None = None, hello: bytes | None = None) -> None:
        self._behaviours = behaviours
        self._tls = tls
        self._hello = hello
        self._tasks: set[asyncio.Task[None]] = set()
        self._answered = 0
        self._asked = asyncio.Event()
        self.connections = 0
        """How many were made, with or without a request."""

        self.requests: list[Request] = []
        """All that came whole, oldest first."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        notifier = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        for end in notifier:
            if isinstance(end, Exception):  # a mistake in a behaviour; being cancelled is none
                raise end

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def asked(self) -> None:
        """Wait until a request has come."""
        await self._asked.wait()

    async def idle(self) -> None:
        """Wait until every connection that was made is closed: unless the server does, the client must do it."""
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
                    await reader.read(4096)  # so that closing is no reset
                    return
                keep = True
                while keep:
                    self.requests.append(await _read_request(reader, connection))
                    self._asked.set()
                    behaviour = self._behaviours[min(self._answered, len(self._behaviours) - 1)]
                    self._answered += 1
                    keep = await behaviour(reader, writer)
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
    """Return an answer's head, with a request id and a Date; a header given as None is left out."""
    every = {"X-UCLOUD-REQUEST-UUID": REQUEST_ID, "Date": DATE, **(headers or {})}
    lines = [f"{name}: {value}" for name, value in every.items() if value is not None]
    return "\r\n".join([f"HTTP/1.1 {status} Whatever", *lines, "", ""]).encode("latin-1")


def answer(body: bytes = b"", status: int = 200, headers: Mapping[str, str | None] | None = None) -> Behaviour:
    """Answer whole and properly, and keep the connection."""
    return raw(head(status, {"Content-Length": str(len(body)), **(headers or {})}) + body, keep=True)


def raw(data: bytes, *, keep: bool = False) -> Behaviour:
    """Send these bytes as they are; then close, or keep the connection."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        await writer.drain()
        return keep

    return behave


def reset(data: bytes = b"") -> Behaviour:
    """Send these bytes, and then reset the connection instead of closing it."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        await writer.drain()
        plug = writer.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return False

    return behave


def silent(data: bytes = b"") -> Behaviour:
    """Send these bytes, and then nothing until the client leaves."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        await reader.read()  # until the client leaves
        return False

    return behave


def endless(piece: bytes, data: bytes = b"") -> Behaviour:
    """Send these bytes, and then a piece every few milliseconds until the client leaves."""

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
    """Give a loopback port at which nobody listens, and nobody else can begin to."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        yield plug.getsockname()[1]
