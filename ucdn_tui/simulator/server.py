"""The service on a loopback socket: for tests, benchmarks, and people without an account."""

import asyncio
import ipaddress
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from threading import Thread

from ucdn_tui.simulator.gateway import Gateway
from ucdn_tui.simulator.http1 import MOST_HEAD, BadRequestError, Request, answer_bytes, read_request
from ucdn_tui.simulator.service import Service

Pause = Callable[[], Awaitable[object]]
"""Awaited before each answer; it stands for the way there and back."""


class Server:
    """A running server, and what it has seen so far."""

    def __init__(self, service: Service, pause: Pause | None = None) -> None:
        self.service = service
        self.url = ""
        """The endpoint, without a slash at its end."""

        self.request_count = 0
        self.bytes_sent = 0
        """All that went out, headers included."""

        self._gateway = Gateway(service, reads_queries=True)
        self._pause = pause
        self._connections: set[asyncio.Task[None]] = set()
        self._hung_up = False

    @property
    def requests(self) -> deque[dict[str, str]]:
        """The parameters of the latest requests, oldest first, without their Signature."""
        return self.service.requests

    async def start(self, host: str, port: int) -> asyncio.Server:
        """Begin to listen; OSError when the port cannot be had, ValueError when the host is not a loopback address."""
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"{host} is not a loopback address")
        listener = await asyncio.start_server(self._connected, host, port, limit=MOST_HEAD)
        port = listener.sockets[0].getsockname()[1]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        return listener

    async def hang_up(self) -> None:
        """Break off all connections, also those that are just being made."""
        self._hung_up = True
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._hung_up:
            writer.transport.abort()
            return
        connection = asyncio.create_task(self._converse(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):  # a client may leave at any moment
            try:
                await self._answer_all(reader, writer)
            except asyncio.CancelledError:
                writer.transport.abort()  # or a client that has stopped reading would hold us up
                raise
            finally:
                writer.close()
                await writer.wait_closed()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until either side has had enough."""

        async def send(data: bytes) -> None:
            writer.write(data)
            self.bytes_sent += len(data)
            await writer.drain()

        try:
            while (request := await read_request(reader, send)) is not None:
                await send(await self._answer(request))
                if not request.keeps_alive:
                    return
        except BadRequestError as error:
            await send(answer_bytes(*self._gateway.refuse(error.status, error.message), keeps_alive=False))

    async def _answer(self, request: Request) -> bytes:
        self.request_count += 1
        if self._pause is not None:
            await self._pause()
        content_type = request.headers.get("content-type", "")
        answer = self._gateway.answer(request.method, request.target, content_type, request.body)
        return answer_bytes(*answer, keeps_alive=request.keeps_alive, with_body=request.method != "HEAD")


@asynccontextmanager
async def serve(
    service: Service, port: int = 0, *, host: str = "127.0.0.1", pause: Pause | None = None
) -> AsyncIterator[Server]:
    """Serve on a loopback address while the block lasts; port 0 is any free one. OSError where the port is taken."""
    server = Server(service, pause)
    listener = await server.start(host, port)
    try:
        yield server
    finally:
        listener.close()
        await server.hang_up()  # first: from Python 3.12 on the listener waits for its connections
        await listener.wait_closed()


@contextmanager
def background_server(service: Service, port: int = 0, *, pause: Pause | None = None) -> Iterator[Server]:
    """Serve from a thread with an event loop of its own while the block lasts, for callers without one."""
    started: Future[tuple[Server, Callable[[], object]]] = Future()

    async def run() -> None:
        over = asyncio.Event()
        stop = partial(asyncio.get_running_loop().call_soon_threadsafe, over.set)
        async with serve(service, port, pause=pause) as server:
            started.set_result((server, stop))
            await over.wait()

    def main() -> None:
        try:
            asyncio.run(run())
        except (OSError, OverflowError) as error:  # the port is taken, or is none
            started.set_exception(error)

    thread = Thread(target=main, name="simulator", daemon=True)
    thread.start()
    try:
        server, stop = started.result()
        try:
            yield server
        finally:
            stop()
    finally:
        thread.join()


@contextmanager
def running_server(service: Service, port: int = 0, *, pause: Pause | None = None) -> Iterator[str]:
    """The same for callers who need no more than the URL; what was asked is in `service.requests`."""
    with background_server(service, port, pause=pause) as server:
        yield server.url
