"""A real nginx with `proxy_cache` in front of an origin, verified before a purge, after it, and after a publication."""

import json
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from support.program import Command, variables
from support.servers.nginx import ADDRESSES, PROGRAM, Nginx, nginx
from support.servers.simulator_server import running_server
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.domains import Domain
from ucdn_tui.simulator.edges.nodes import ORIGIN

HOST = "img.example.com"

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="nginx is not installed")


class Origin(ThreadingHTTPServer):
    """Serves one file. Seconds in these tests are told, not waited for: `fetched_ago` is the age of a fresh copy."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((ORIGIN, 0), _Handler)
        self.fetched_ago = 0
        self.version = 1
        self.modified = time.time() - 86_400
        self.requests = 0

    @property
    def url(self) -> str:
        return f"http://{ORIGIN}:{self.server_port}"

    def publish(self, modified: float) -> None:
        """Change the file."""
        self.version += 1
        self.modified = modified


class _Handler(BaseHTTPRequestHandler):
    server: Origin

    def do_GET(self) -> None:
        origin = self.server
        origin.requests += 1
        etag = f'"{origin.version}"'
        is_same = self.headers.get("If-None-Match") == etag
        self.send_response(304 if is_same else 200)
        self.send_header("ETag", etag)
        self.send_header("Last-Modified", formatdate(origin.modified, usegmt=True))
        self.send_header("X-Fetched", str(int(time.time()) - origin.fetched_ago))
        body = b"" if is_same else f"version {origin.version}\n".encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def edges(origin: Origin, tmp_path: Path) -> Iterator[Nginx]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    with nginx(folder, origin.url) as running:
        yield running


@pytest.fixture
def account(origin: Origin) -> Account:
    account = Account(time.time, seed=1, domains=(Domain(name=HOST),))
    account.origin_port = origin.server_port
    return account


@pytest.fixture
def run(account: Account, tmp_path: Path) -> Iterator[Command]:
    with running_server(Service(account)) as url:
        keys = variables(url, account.public_key, account.private_key)
        yield Command({**keys, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")})


def test_three_answers(edges: Nginx, origin: Origin, account: Account, run: Command) -> None:
    url = f"http://{HOST}:{edges.port}/a.jpg"
    flags = ("verify", "--json", "--resolve", f"{HOST}={','.join(ADDRESSES)}", url)

    def verify(*more: str) -> tuple[int, list[tuple[str, str | None, int | None]], str]:
        done = run(*flags, *more)
        checks = json.loads(done.stdout)["checks"]
        return done.returncode, [(check["claim"], check["edge"], check["age"]) for check in checks], done.stderr

    # Before: both edges hold a copy that is 1000 s old. The API says that a refresh of 300 s ago was a success.
    origin.fetched_ago = 1000
    assert [claim for claim, *_rest in verify("--no-task", "--allow-private")[1]] == ["not-held", "not-held"]
    account.add("refresh", [url], created=time.time() - 300, queue=0.0, work=60.0)
    status, checks, words = verify()
    assert (status, [claim for claim, *_rest in checks]) == (6, ["old-copy", "old-copy"])
    assert all(age is not None and 1000 <= age < 1300 for *_rest, age in checks)
    assert "Old copy at 2 of 2 addresses" in words.splitlines()[-1]

    # After: the purge reaches one edge, then the other one, too.
    edges.purge(ADDRESSES[0])
    origin.fetched_ago = 100
    assert [claim for claim, *_rest in verify()[1]] == ["no-copy", "old-copy"]
    edges.purge(ADDRESSES[1])
    status, checks, words = verify()
    assert (status, [claim for claim, *_rest in checks]) == (0, ["new-copy", "no-copy"])
    assert "In effect at 2 of 2 addresses" in words.splitlines()[-1]
    asked = origin.requests
    assert verify("--origin")[2].count("The refresh came too early.") == 0
    assert origin.requests == asked + 1

    # Too early: the file is published after the purge, so the edges hold what was old already.
    origin.publish(modified=time.time())
    status, checks, words = verify("--origin")
    assert (status, [claim for claim, *_rest in checks]) == (0, ["new-copy", "new-copy"])
    assert f"{url}: The refresh came too early. The origin's file changed after the refresh. Refresh again." in words
