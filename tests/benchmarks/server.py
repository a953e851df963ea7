"""A loopback server in a process of its own, with a list of refresh tasks that are made once: its time is not measured.

The newest tasks are active, and have made progress whenever a list is asked for from its beginning. It counts the bytes
that go in and out. A real one is on another machine: this one has to be content with what the client leaves of this.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from urllib.request import urlopen

from benchmarks.child import environment
from benchmarks.data import answer
from ucdn_tui.simulator.http1 import Request, answer_bytes, read_request

_AT_ONCE = 500
"""Tasks that are made at once: in all a million URLs would take gigabytes as Python objects."""


class Totals(NamedTuple):
    """What the server has seen so far."""

    calls: int
    sent: int
    """Bytes of requests, as the client sent them."""

    received: int
    """Bytes of answers."""

    @property
    def size(self) -> int:
        return self.sent + self.received

    def __sub__(self, other: "Totals") -> "Totals":
        return Totals(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))


class Listening(NamedTuple):
    """A server that runs."""

    endpoint: str

    def totals(self) -> Totals:
        with urlopen(self.endpoint) as response:
            return Totals(*json.load(response))


@contextmanager
def serving(tasks: int, urls: int, active: int) -> Iterator[Listening]:
    """Start the server, and end it."""
    command = [sys.executable, "-m", "benchmarks.server", str(tasks), str(urls), str(active)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        try:
            yield Listening(process.stdout.readline().strip())
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
        for offset in range(0, tasks, _AT_ONCE):
            self._make(min(_AT_ONCE, tasks - offset), offset, 0)
        self._step = 0
        self._totals = Totals(0, 0, 0)

    def _make(self, count: int, offset: int, step: int) -> None:
        page = answer(count, self._urls, active=self._active, now=self._now, offset=offset, step=step)
        for task in json.loads(page)["TaskList"]:
            body = json.dumps(task, separators=(",", ":")).encode()
            self._tasks[task["TaskId"]] = _Task(task["CreateTime"], task["Status"], body)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def send(data: bytes) -> None:
            writer.write(data)

        while (request := await read_request(reader, send)) is not None:
            body = self._answer(request)
            head = {"Content-Type": "application/json", "Date": formatdate(usegmt=True)}
            whole = answer_bytes(200, head, body, keeps_alive=True)
            if request.method == "POST":
                sent = len(request.body) + sum(len(name) + len(value) + 4 for name, value in request.headers.items())
                calls, before, received = self._totals
                self._totals = Totals(calls + 1, before + sent, received + len(whole))
            await send(whole)
            await writer.drain()
        writer.close()

    def _answer(self, request: Request) -> bytes:
        if request.method == "GET":
            return json.dumps(self._totals).encode()
        return self._page(dict(parse_qsl(request.body.decode()))) if request.body else b"{}"

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


async def _main(tasks: int, urls: int, active: int) -> None:
    os.nice(10)
    server = _Server(tasks, urls, active)
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=1 << 20) as listening:
        print(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", flush=True)
        await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(*map(int, sys.argv[1:])))
