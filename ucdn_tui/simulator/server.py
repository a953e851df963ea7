"""The service on a loopback socket, for tests, benchmarks and people without an account."""

from http import HTTPStatus

from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.gateway import Answer, Gateway
from ucdn_tui.simulator.loopback import LoopbackHandler, LoopbackServer

MAX_BODY = 4 * 1024 * 1024
"""Maximum size of a request body in bytes."""


class Server(LoopbackServer):
    """The API on 127.0.0.1."""

    def __init__(self, service: Service, port: int = 0) -> None:
        """Port 0 picks a free one. OSError if the port is taken."""
        self.service = service
        super().__init__("127.0.0.1", port, _Handler)
        self.gateway = Gateway(service, reads_queries=True)
        self.url = f"http://127.0.0.1:{self.port}"
        """The endpoint, without a trailing slash."""

    def server_close(self) -> None:
        """Stop listening and drop all connections. Call it after `serve_forever` has returned."""
        super().server_close()
        self.service.losses.release()  # ends the threads that hold answers; nobody gets these


class _Handler(LoopbackHandler):
    """Answers the requests of one connection. The service's `requests` records the calls."""

    server: Server

    def answer(self) -> None:
        body = self._body()
        if body is not None:
            content_type = self.headers.get("Content-Type", "")
            try:
                answer = self.server.gateway.answer(self.command, self.path, content_type, body)
            except ConnectionResetError:
                self.reset()
                return
            if answer.held is not None:
                self.server.service.losses.wait_in_thread(answer.held)
            self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a malformed request with the API's JSON and close the connection."""
        self.close_connection = True
        self._send(self.server.gateway.refuse(code, message or HTTPStatus(code).phrase))

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

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close" if self.close_connection else "keep-alive")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
