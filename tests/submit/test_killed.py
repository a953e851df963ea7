"""A process that submits over HTTP and is killed: what it left in the journal leads the next start to the truth."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support import PATIENCE, clean_environment
from support.servers.simulator_server import running_server
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.api.models import TaskKind
from ucdn_tui.clock import SystemClock
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.actions.submissions import SUBMITTING
from ucdn_tui.submit.journal import Journal
from ucdn_tui.submit.plan import make_plan
from ucdn_tui.submit.records import Submission
from ucdn_tui.submit.resolve import resolve

ACCOUNT = "mine"

FILES = "http://www.example.com/one\nhttp://img.example.com/中文\nhttp://img.example.com/d/\n"

VIDEOS = "http://vod.example.com/one\nhttp://game.example.net/two\n"

PROGRAM = """
import asyncio, sys
from pathlib import Path
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.api.models import TaskKind
from ucdn_tui.clock import SystemClock
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.submit.journal import Journal
from ucdn_tui.submit.plan import make_plan
from ucdn_tui.submit.submitter import Submitter

async def main(url, public, private, path, kind, text):
    clock = SystemClock()
    async with UcdnClient(url, Keys(public, Secret(private)), clock) as client:
        submitter = Submitter(client, Journal(Path(path), "mine"), clock, report)
        await submitter.run(make_plan(text, TaskKind(kind)).batches, seen=())

def report(progress):
    print(*[call.state for call in progress.submission.calls], progress.waiting_until is not None, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


class HastyClock(SystemClock):
    """The system's clock, but nobody waits: what can still be found is listed by now."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class HoldingService(Service):
    """Holds one submitting call: before its task is created, or with the answer."""

    def __init__(self, account: Account, number: int, *, before: bool, creates: bool = True) -> None:
        """number: of the call, from 1. It is held `before` its task is created (if it is), or with the answer."""
        super().__init__(account)
        self.is_held = threading.Event()
        self.go_on = threading.Event()
        self.has_gone_on = threading.Event()
        self._number = number
        self._before = before
        self._creates = creates
        self._count = 0

    def handle(self, params: Mapping[str, str]) -> dict[str, Any]:
        if params.get("Action") not in SUBMITTING:
            return super().handle(params)
        self._count += 1
        if self._count != self._number:
            return super().handle(params)
        answer = {} if self._before else super().handle(params)
        self.is_held.set()
        assert self.go_on.wait(PATIENCE)
        if self._before and self._creates:
            answer = super().handle(params)
        self.has_gone_on.set()
        return answer


@contextmanager
def program(url: str, account: Account, path: Path, kind: TaskKind, text: str) -> Iterator["subprocess.Popen[str]"]:
    """Start the program; it is killed at the end of the block at the latest."""
    command = [sys.executable, "-c", PROGRAM, url, account.public_key, account.private_key, str(path), kind.value, text]
    environment = clean_environment({"PYTHONUTF8": "1"})
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, encoding="utf-8") as process:
        try:
            yield process
        finally:
            process.kill()


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    assert process.wait(PATIENCE) == -signal.SIGKILL, "it had ended before"


def resolved(url: str, account: Account, path: Path) -> list[Submission]:
    """Return what another start finds out."""

    async def run() -> list[Submission]:
        clock = HastyClock()
        async with UcdnClient(url, Keys(account.public_key, Secret(account.private_key)), clock) as client:
            return await resolve(client, Journal(path, ACCOUNT), clock)

    return asyncio.run(run())


def states(path: Path) -> list[str]:
    (submission,) = Journal(path, ACCOUNT).read().values()
    return [call.state.value for call in submission.calls]


def tasks(account: Account, kind: TaskKind) -> dict[str, tuple[str, ...]]:
    return {plan.task_id: tuple(url.url for url in plan.urls) for plan in account.tasks(kind.value)}


@pytest.mark.parametrize(
    ("before", "creates", "found"),
    [(False, True, "accepted"), (True, True, "accepted"), (True, False, "absent")],
    ids=["its task is created", "its task is created after the kill", "its task is never created"],
)
@pytest.mark.parametrize("number", [1, 2])
def test_call_in_whose_middle_the_process_is_killed_is_looked_for(
    tmp_path: Path, number: int, before: bool, creates: bool, found: str
) -> None:
    path, account = tmp_path / "submissions.jsonl", Account(time.time)
    service = HoldingService(account, number, before=before, creates=creates)
    earlier, rest = ["accepted"] * (number - 1), ["not-sent"] * (3 - number)
    with running_server(service) as url:
        with program(url, account, path, TaskKind.REFRESH, FILES) as process:
            assert service.is_held.wait(PATIENCE)
            kill(process)
        assert states(path) == [*earlier, "send", *rest]
        service.go_on.set()
        assert service.has_gone_on.wait(PATIENCE)
        (submission,) = resolved(url, account, path)
        assert states(path) == [*earlier, found, *rest]
        assert resolved(url, account, path) == []
    batches = make_plan(FILES, TaskKind.REFRESH).batches
    accepted = {call.task_id: call.batch.urls for call in submission.calls if call.state == "accepted"}
    assert tasks(account, TaskKind.REFRESH) == accepted
    assert len(accepted) == (number if creates else number - 1)
    assert set(service.submitted.values()) <= {1}
    assert [call.batch for call in submission.calls] == list(batches)


def test_rest_is_reported_if_the_process_is_killed_between_two_calls(tmp_path: Path) -> None:
    path, account = tmp_path / "submissions.jsonl", Account(time.time)
    service = Service(account)
    with running_server(service) as url:
        with program(url, account, path, TaskKind.PREFETCH, VIDEOS) as process:
            assert process.stdout is not None
            assert any(line == "accepted not-sent True\n" for line in process.stdout), "it never waited"
            kill(process)
        assert states(path) == ["accepted", "not-sent"]
        (submission,) = resolved(url, account, path)
        assert resolved(url, account, path) == []
    assert states(path) == ["accepted", "not-sent"]
    assert submission.is_over
    assert tasks(account, TaskKind.PREFETCH) == {submission.calls[0].task_id: ("http://vod.example.com/one",)}
    assert not any(params["Action"].startswith("Describe") for params in service.requests)
