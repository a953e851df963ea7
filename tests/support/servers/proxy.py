"""A loopback proxy that speaks SOCKS5 and HTTP on one port, and connects every client to the same server."""

import asyncio
import contextlib
import socket
from typing import Self

_DONE = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00"


class Proxy:
    """Listens inside `async with`. Every requested host and port leads to the loopback port `target`."""

    def __init__(self, target: int, *, login: tuple[bytes, bytes] | None = None) -> None:
        self._target = target
        self._login = login
        self._tasks: set[asyncio.Task[None]] = set()
        self.asked: list[tuple[str, str, int]] = []
        """Each connection's protocol (`socks5` or `http`), and the requested host and port."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError), contextlib.closing(writer):
            first = await reader.readexactly(1)
            await (self._socks5(reader, writer) if first == b"\x05" else self._http(first, reader, writer))
            await tunnel(reader, writer, self._target)

    async def _socks5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly((await reader.readexactly(1))[0])
        writer.write(b"\x05\x02" if self._login else b"\x05\x00")
        if self._login:
            await reader.readexactly(1)
            given = [await _counted(reader) for _ in range(2)]
            assert tuple(given) == self._login, given
            writer.write(b"\x01\x00")
        *_, kind = await reader.readexactly(4)
        host = (await _counted(reader)).decode() if kind == 3 else socket.inet_ntoa(await reader.readexactly(4))
        self.asked.append(("socks5", host, int.from_bytes(await reader.readexactly(2))))
        writer.write(_DONE)

    async def _http(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _version = (first + await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode().split()
        assert method == "CONNECT", method
        host, _, port = target.rpartition(":")
        self.asked.append(("http", host, int(port)))
        writer.write(b"HTTP/1.1 200 Go on\r\n\r\n")


async def _counted(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly((await reader.readexactly(1))[0])


async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Forward bytes to a loopback port and back, until one side closes."""

    async def forward(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()

    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    both = [asyncio.create_task(forward(reader, far_writer)), asyncio.create_task(forward(far_reader, writer))]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in both:
            one.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        far_writer.close()


PROXY_SETTINGS = (
    ({"ALL_PROXY": "socks5://127.0.0.1:{port}"}, "socks5"),
    ({"all_proxy": "socks5h://127.0.0.1:{port}"}, "socks5"),
    ({"ALL_PROXY": "socks://127.0.0.1:{port}/"}, "socks5"),
    ({"ALL_PROXY": "127.0.0.1:{port}"}, "http"),
    ({"https_proxy": "http://127.0.0.1:{port}", "all_proxy": "socks5://127.0.0.1:{port}"}, "http"),
)
"""Environment variables, and the protocol in which the proxy then gets requests for an https endpoint."""
