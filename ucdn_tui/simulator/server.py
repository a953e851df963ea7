"""The service on a loopback socket, for tests, benchmarks and people without an account."""

import socket
import struct
import sys
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.gateway import Answer, Gateway

MAX_BODY = 4 * 1024 * 1024
"""Maximum size of a request body in bytes."""


class Server(ThreadingTCPServer):
    """Listens once created, answers while `serve_forever` runs, and drops its connections when closed.

    Not an `http.server.HTTPServer`: that one resolves its own host name before it listens.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 100

    def __init__(self, service: Service, port: int = 0) -> None:
        """Port 0 picks a free one. OSError if the port is taken."""
        self._connections: set[socket.socket] = set()
        self.service = service
        super().__init__(("127.0.0.1", port), _Handler)
        self.gateway = Gateway(service, reads_queries=True)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        """The endpoint, without a trailing slash."""

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
        self.service.losses.release()  # ends the threads that hold answers; nobody gets these

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # clients may disconnect at any time
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # the default, HTTP/0.9, answers garbage without a status line
    disable_nagle_algorithm = True  # headers and body are separate writes: the body must not wait for an ACK

    def answer(self) -> None:
        body = self._body()
        if body is not None:
            content_type = self.headers.get("Content-Type", "")
            try:
                answer = self.server.gateway.answer(self.command, self.path, content_type, body)
            except ConnectionResetError:
                self._reset()
                return
            if answer.held is not None:
                self.server.service.losses.wait_in_thread(answer.held)
            self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a malformed request with the API's JSON and close the connection."""
        self.close_connection = True
        self._send(self.server.gateway.refuse(code, message or HTTPStatus(code).phrase))

    def log_message(self, *_: object) -> None:
        """Log nothing: the service's `requests` records the calls."""

    def _body(self) -> bytes | None:
        """Return the request body; None if it was refused or the client disconnected."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            self.send_error(HTTPStatus.LENGTH_REQUIRED, "Send a Content-Length.")
        elif not (length.isascii() and length.isdecimal()):
            self.send_error(HTTPStatus.BAD_REQUEST, "The Content-Length is not a number.")
        elif len(length) > 12 or int(length) > MAX_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too long.")
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                return body
            self.close_connection = True  # the client disconnected
        return None

    def _reset(self) -> None:
        """Drop the connection without an answer. Lingering for no time makes closing send a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()  # before the server shuts it down, which would end it in order

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close" if self.close_connection else "keep-alive")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
