"""The installed program, and servers for it."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from support import PATIENCE, clean_environment
from support.servers.simulator_server import running_server
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service

PROGRAM = str(Path(sys.executable).with_name("ucdn-tui"))
"""The path of the installed script."""

SLOW_HANDS = "from ucdn_tui.ui import app; app._QUIT_WITHIN = 60.0"
"""For `changed`: the second Ctrl+C may come late, and the toast that asks for it stays."""

Answer = Callable[[dict[str, str]], str]
"""Returns the body of the answer to a call, given its parameters."""


def changed(code: str, program: str = PROGRAM) -> list[str]:
    """Return a command for the program that runs this code first; it may change a time limit."""
    start = f"import sys; from ucdn_tui import __main__; sys.argv[0] = {program!r}; sys.exit(__main__.main())"
    return [sys.executable, "-c", f"{code}; {start}"]


class Command:
    """The program without a terminal, in this environment."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self.environment = dict(environment or {})

    def __call__(self, *arguments: str, feed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the program with `feed` on standard input; return its output and exit status."""
        return subprocess.run(
            [PROGRAM, *arguments],
            input=feed,
            capture_output=True,
            encoding="utf-8",
            env=clean_environment({**self.environment, **variables}),
            timeout=PATIENCE,
        )


def variables(url: str, public_key: str = "someone", private_key: str = "0123456789abcdef") -> dict[str, str]:
    """Return the environment that points the program at a server."""
    return {"UCLOUD_API_BASE_URL": url, "UCLOUD_PUBLIC_KEY": public_key, "UCLOUD_PRIVATE_KEY": private_key}


class ServerTime:
    """A server's clock: the real time plus the time that the test lets pass."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self._ahead

    def pass_time(self, seconds: float) -> None:
        """Advance the server's time."""
        self._ahead += seconds


@contextmanager
def served(simulated: Account) -> Iterator[dict[str, str]]:
    """Serve a simulated account during the block; yield the environment for the program."""
    with running_server(Service(simulated)) as url:
        yield variables(url, simulated.public_key, simulated.private_key)


@contextmanager
def serving(server: HTTPServer) -> Iterator[dict[str, str]]:
    """Run a server during the block, in a thread; yield the environment for the program."""
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield variables(f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def answered(answer: Answer) -> Iterator[dict[str, str]]:
    """Answer calls by a function during the block, without the simulator; yield the environment for the program."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            body = answer({name: values[0] for name, values in form.items()}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with serving(HTTPServer(("127.0.0.1", 0), Handler)) as environment:
        yield environment


def is_first_page(call: Mapping[str, str], kind: str) -> bool:
    """Return whether a call asks for the first page of a kind's tasks: any status, not whole-site."""
    filters = {"Status", "IsDcdn", "TaskId.0"} & call.keys()
    return kind in call["Action"] and call.get("Offset", "0") == "0" and not filters
