"""A loopback server in its own process with pre-generated refresh tasks, so that its time is not measured.

The newest tasks are active and make progress with each request for the first page. It counts the bytes received and
sent. It runs at a low priority, because a real server would not compete for the client's CPU.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from urllib.request import urlopen

from benchmarks.support.child import environment
from benchmarks.support.data import answer

_CHUNK = 500
"""Tasks generated at once: a million URLs would take gigabytes as Python objects."""


class Totals(NamedTuple):
    """Counts of the server."""

    calls: int
    sent: int
    """Bytes of requests."""

    received: int
    """Bytes of answers."""

    @property
    def size(self) -> int:
        return self.sent + self.received

    def __sub__(self, other: "Totals") -> "Totals":
        return Totals(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))


class RunningServer(NamedTuple):
    """A running server."""

    endpoint: str

    def totals(self) -> Totals:
        with urlopen(self.endpoint) as response:
            return Totals(*json.load(response))


@contextmanager
def serving(tasks: int, urls: int, active: int) -> Iterator[RunningServer]:
    """Run the server for the duration of the block."""
    command = [sys.executable, "-m", "benchmarks.support.server", str(tasks), str(urls), str(active)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        try:
            yield RunningServer(process.stdout.readline().strip())
        finally:
            process.kill()


class _Task(NamedTuple):
    created: int
    status: str
    body: bytes


class _Server:
    def __init__(self, tasks: int, urls: int, active: int) -> None:
        self._urls, self._active = urls, active
        self._now = int(time.time()) - 10
        self._tasks: dict[str, _Task] = {}
        for offset in range(0, tasks, _CHUNK):
            self._make(min(_CHUNK, tasks - offset), offset, 0)
        self._step = 0
        self._totals = Totals(0, 0, 0)
        self._lock = Lock()

    def _make(self, count: int, offset: int, step: int) -> None:
        page = answer(count, self._urls, active=self._active, now=self._now, offset=offset, step=step)
        for task in json.loads(page)["TaskList"]:
            body = json.dumps(task, separators=(",", ":")).encode()
            self._tasks[task["TaskId"]] = _Task(task["CreateTime"], task["Status"], body)

    def totals(self) -> bytes:
        return response(json.dumps(self._totals).encode())

    def answer(self, sent: int, form: bytes) -> bytes:
        """Answer a call of `sent` bytes."""
        with self._lock:
            answer = response(self._page(dict(parse_qsl(form.decode()))) if form else b"{}")
            calls, before, received = self._totals
            self._totals = Totals(calls + 1, before + sent, received + len(answer))
        return answer

    def _page(self, params: dict[str, Any]) -> bytes:
        action = params["Action"]
        tasks: list[_Task] = []
        if "Refresh" in action and params.get("IsDcdn") != "true":
            if self._active and not int(params.get("Offset", 0)):
                self._step += 1
                self._make(self._active, 0, self._step)
            tasks = self._found(params)
        body = b",".join(task.body for task in tasks)
        return b'{"RetCode":0,"Action":"%sResponse","TotalCount":%d,"TaskList":[%s]}' % (
            action.encode(),
            len(tasks),
            body,
        )

    def _found(self, params: dict[str, Any]) -> list[_Task]:
        begin, end = int(params.get("BeginTime", 0)), int(params.get("EndTime", 2**40))
        ids = [value for name, value in params.items() if name.startswith("TaskId.")]
        tasks = [self._tasks[task_id] for task_id in ids] if ids else list(self._tasks.values())
        found = [
            task for task in tasks if begin <= task.created <= end and task.status == params.get("Status", task.status)
        ]
        offset = int(params.get("Offset", 0))
        return found[offset : offset + int(params.get("Limit", len(found)))]


def response(body: bytes) -> bytes:
    """Return a response with its headers."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: {formatdate(usegmt=True)}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _main(tasks: int, urls: int, active: int) -> None:
    os.nice(10)
    server = _Server(tasks, urls, active)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self.wfile.write(server.totals())

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"]))
            head = sum(len(name) + len(value) + 4 for name, value in self.headers.items())
            self.wfile.write(server.answer(head + len(form), form))

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        print(f"http://127.0.0.1:{listening.server_port}", flush=True)
        listening.serve_forever()


if __name__ == "__main__":
    _main(*map(int, sys.argv[1:]))
