"""Edges with answers that a test chooses: one port, several loopback addresses of one name."""

import contextlib
import itertools
import os
import socket
import socketserver
import ssl
import struct
from collections.abc import Iterator, Mapping, Sequence
from threading import Event, Lock, Thread
from typing import Any, NamedTuple

HOST = "img.example.com"
"""The name that leads to the edges."""

_NETWORK = f"127.{40 + os.getpid() % 200}"
"""Tests of other processes use other addresses, whose ports are free."""

_NUMBERS = itertools.count(1)
"""Numbers for the third byte, so that the edges of two tests differ, too."""


class Asked(NamedTuple):
    """A request, and the address that it came to."""

    address: str
    method: str
    target: str
    headers: dict[str, str]
    """By lower-case name."""


class Reply(NamedTuple):
    """What an edge does with a request."""

    status: int = 200
    headers: Mapping[str, str] = {}
    is_silent: bool = False
    """Whether no answer comes before the client gives up."""

    is_reset: bool = False


def hit(age: float, **headers: str) -> Reply:
    """Return a copy at the edge, of this age in seconds. Underscores in names stand for hyphens."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(200, {"X-Via-Ucdn": "HIT by 192.0.2.1, HIT by 192.0.2.9", "Age": str(int(age)), **told})


def miss(parent: str = "MISS", **headers: str) -> Reply:
    """Return an answer without a copy at the edge."""
    return Reply(200, {"X-Via-Ucdn": f"MISS by 192.0.2.1, {parent} by 192.0.2.9", **headers})


class Edges:
    """Several edges, the first at `addresses[0]`. Each has replies: the last one repeats."""

    def __init__(self, replies: Sequence[Sequence[Reply]], tls: ssl.SSLContext | None = None) -> None:
        network = f"{_NETWORK}.{next(_NUMBERS) % 200}"
        self.addresses = [f"{network}.{number}" for number in range(1, len(replies) + 1)]
        self.asked: list[Asked] = []
        self.left = Event()
        """Set when the test is over: silent edges stop waiting."""

        self._replies = {address: list(each) for address, each in zip(self.addresses, replies, strict=True)}
        self._scheme = "https" if tls else "http"
        self._lock = Lock()
        self.servers: list[_Server] = []
        self.port = 0
        for address in self.addresses:
            self.servers.append(_Server((address, self.port), self, tls))
            self.port = self.servers[0].server_address[1]

    def url(self, path: str = "a.jpg", host: str = HOST) -> str:
        return f"{self._scheme}://{host}:{self.port}/{path}"

    @property
    def resolve(self) -> str:
        """The value of --resolve."""
        return f"{HOST}={','.join(self.addresses)}"

    def next_reply(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            replies = self._replies[asked.address]
            return replies.pop(0) if len(replies) > 1 else replies[0]

    def asked_of(self, address: str) -> int:
        """Return how often this address was asked."""
        return sum(each.address == address for each in self.asked)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], edges: Edges, tls: ssl.SSLContext | None) -> None:
        self.edges = edges
        self._tls = tls
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, peer = super().get_request()
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, peer

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # the client has gone, or does not trust the certificate


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        first = self.rfile.readline().decode("latin-1").split()
        if len(first) != 3:
            return
        lines = iter(lambda: self.rfile.readline().decode("latin-1").strip(), "")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        edges = self.server.edges
        reply = edges.next_reply(Asked(str(self.server.server_address[0]), first[0], first[1], headers))
        if reply.is_silent:
            edges.left.wait()
        elif reply.is_reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.wfile.write(_bytes(reply))


def _bytes(reply: Reply) -> bytes:
    head = {"Content-Length": "2", "Connection": "close", **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} Whatever", *(f"{name}: {value}" for name, value in head.items()), "", "ok"]
    return "\r\n".join(lines).encode("utf-8")


@contextlib.contextmanager
def edges(*replies: Sequence[Reply] | Reply, tls: ssl.SSLContext | None = None) -> Iterator[Edges]:
    """Serve an edge for each argument, from threads, during the block."""
    served = Edges([[each] if isinstance(each, Reply) else each for each in replies], tls)
    threads = [Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}) for server in served.servers]
    for thread in threads:
        thread.start()
    try:
        yield served
    finally:
        served.left.set()
        for server in served.servers:
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()
