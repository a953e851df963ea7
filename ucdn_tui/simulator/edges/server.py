"""The edges and the origin on loopback sockets, for tests and people without an account."""

import errno
import ssl
import sys
import threading
from typing import Any, Self

from ucdn_tui.simulator.edges.network import EdgeNetwork, Reply, Request
from ucdn_tui.simulator.edges.nodes import EDGES, ORIGIN
from ucdn_tui.simulator.loopback import LoopbackHandler, LoopbackServer

ADDRESSES = (*(edge.address for edge in EDGES), ORIGIN)

_ATTEMPTS = 50
"""How often to look for a port that is free at all addresses."""


class EdgeServer:
    """Listens at the addresses of all edges and of the origin, on one port. It answers within a `with` block."""

    def __init__(
        self,
        network: EdgeNetwork,
        port: int = 0,
        *,
        tls: ssl.SSLContext | None = None,
        other_tls: ssl.SSLContext | None = None,
    ) -> None:
        """Port 0 picks a free one.

        tls: has the certificates; without it the edges speak plain HTTP
        other_tls: has a certificate for another name, for hosts without one; by default their handshake is refused

        OSError, with the address as `filename`, if the port is taken or this system lacks the addresses: only Linux has
        all of 127.0.0.0/8.
        """
        self.network = network
        self.closed = threading.Event()
        self.tls = tls
        if tls is not None:
            tls.sni_callback = _chooser(network, other_tls)
        self._nodes = _listen(self, port)
        self.port = self._nodes[0].port
        network.account.origin_port = self.port
        self._threads = [
            threading.Thread(target=node.serve_forever, kwargs={"poll_interval": 0.01}, name="edge", daemon=True)
            for node in self._nodes
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closed.set()  # ends the threads that hold slow answers
        for node in self._nodes:
            node.shutdown()
            node.server_close()
        for thread in self._threads:
            thread.join()


class _NodeServer(LoopbackServer):
    """One address."""

    def __init__(self, edges: EdgeServer, address: str, port: int) -> None:
        self.edges = edges
        self.address = address
        super().__init__(address, port, _Handler)

    def get_request(self) -> tuple[Any, Any]:
        connection, client = super().get_request()
        if self.edges.tls is not None:
            # The handshake comes with the first read, in the connection's own thread.
            connection = self.edges.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, client

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ssl.SSLError):  # clients may refuse the certificate
            super().handle_error(request, client_address)


class _Handler(LoopbackHandler):
    server: _NodeServer

    def answer(self) -> None:
        edges = self.server.edges
        headers = {name.lower(): value for name, value in self.headers.items()}
        scheme = "http" if edges.tls is None else "https"
        request = Request(self.command, scheme, headers.get("host", ""), self.path, headers)
        try:
            reply = edges.network.answer(self.server.address, request)
        except ConnectionResetError:
            self.reset()
            return
        if self.command not in ("GET", "HEAD"):
            self.close_connection = True  # its body is not read
        edges.closed.wait(reply.delay)
        self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer  # noqa: N815

    def _send(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value.encode().decode("latin-1"))  # which `send_header` encodes again
        if reply.status != 304:
            self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close" if self.close_connection else "keep-alive")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)


def _listen(edges: EdgeServer, port: int) -> list[_NodeServer]:
    """Return a server for each address, all on one port."""
    for attempt in range(_ATTEMPTS):
        nodes: list[_NodeServer] = []
        try:
            for address in ADDRESSES:
                nodes.append(_NodeServer(edges, address, nodes[0].port if nodes else port))
        except OSError as error:
            for node in nodes:
                node.server_close()
            is_chance = error.errno == errno.EADDRINUSE and port == 0 and nodes
            if not is_chance or attempt == _ATTEMPTS - 1:
                raise OSError(error.errno, error.strerror, address) from error
        else:
            break
    return nodes


def _chooser(network: EdgeNetwork, other: ssl.SSLContext | None) -> Any:
    """Return what chooses the certificate by the name that a client asks for."""

    def choose(connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        if name is None or network.has_certificate(name):
            return None
        if other is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = other
        return None

    return choose
