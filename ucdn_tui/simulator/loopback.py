"""What the simulator's servers share: a threading HTTP server that can be closed at any time."""

import socket
import struct
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any


class LoopbackServer(ThreadingTCPServer):
    """Listens once created, answers while `serve_forever` runs, and drops its connections when closed.

    Not an `http.server.HTTPServer`: that one resolves its own host name before it listens.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 100

    def __init__(self, address: str, port: int, handler: type["LoopbackHandler"]) -> None:
        """Port 0 picks a free one. OSError if the port is taken, or the address is not one of this machine."""
        self._connections: set[socket.socket] = set()
        super().__init__((address, port), handler)

    @property
    def port(self) -> int:
        number: int = self.server_address[1]
        return number

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().close_request(request)

    def server_close(self) -> None:
        """Stop listening and drop all connections. Call it after `serve_forever` has returned."""
        super().server_close()
        for connection in list(self._connections):
            with suppress(OSError):  # already closed by the client
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # clients may disconnect at any time
            super().handle_error(request, client_address)


class LoopbackHandler(BaseHTTPRequestHandler):
    """Answers the requests of one connection, and logs nothing."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # the default, HTTP/0.9, answers garbage without a status line
    disable_nagle_algorithm = True  # headers and body are separate writes: the body must not wait for an ACK

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def reset(self) -> None:
        """Drop the connection without an answer. Lingering for no time makes closing send a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()  # before the server shuts it down, which would end it in order
