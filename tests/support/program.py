"""The installed program, and servers that it can be pointed at."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from support.servers.simulator_server import running_server
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.service import Service

PROGRAM = str(Path(sys.executable).with_name("ucdn-tui"))
"""As pip installed it."""

Answer = Callable[[dict[str, str]], str]
"""From a call's parameters to the body of its answer."""


def variables(url: str, public_key: str = "someone", private_key: str = "0123456789abcdef") -> dict[str, str]:
    """Return the environment that points the program at a server."""
    return {"UCLOUD_API_BASE_URL": url, "UCLOUD_PUBLIC_KEY": public_key, "UCLOUD_PRIVATE_KEY": private_key}


class ServerTime:
    """What time it is for a server: as it is here, but for what is made to pass."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self._ahead

    def pass_time(self, seconds: float) -> None:
        """Let time pass on the server: what takes so long there is over at once."""
        self._ahead += seconds


@contextmanager
def served(simulated: Account) -> Iterator[dict[str, str]]:
    """Serve a simulated account while the block lasts; give the environment for the program."""
    with running_server(Service(simulated)) as url:
        yield variables(url, simulated.public_key, simulated.private_key)


@contextmanager
def answered(answer: Answer) -> Iterator[dict[str, str]]:
    """Answer calls by a function while the block lasts, from a server that has nothing in common with the simulator."""

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

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield variables(f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()


def is_first_page(call: Mapping[str, str], kind: str) -> bool:
    """Tell whether a call asks for the first page of a kind's tasks, of any status, that are not whole-site."""
    narrowed = {"Status", "IsDcdn", "TaskId.0"} & call.keys()
    return kind in call["Action"] and call.get("Offset", "0") == "0" and not narrowed
