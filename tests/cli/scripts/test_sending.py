"""Sending while another instance submits, in simulated time."""

import asyncio
from pathlib import Path

import pytest

from support.virtual_time import VirtualClock, run
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.api.models import TaskKind
from ucdn_tui.cli.scripts.result import Output, Result
from ucdn_tui.cli.scripts.submit import _send
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.transport import SimulatorTransport
from ucdn_tui.submit.journal import Journal, JournalBusyError, JournalError
from ucdn_tui.submit.models import Known
from ucdn_tui.submit.plan import make_plan
from ucdn_tui.submit.records import CallState, Submission
from ucdn_tui.submit.submitter import Submitter

NOW = 1_760_000_000.0

URL = "https://img.example.com/a"

WAITING = "Another ucdn-tui is submitting; waiting up to 1m for it.\n"


class Clock(VirtualClock):
    """A clock that is right."""

    def observe(self, date: str) -> None:
        pass


class World:
    """An account, and the journal of two instances that submit to it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, path: Path) -> None:
        self.clock = Clock(loop, NOW)
        self.account = Account(self.clock.true_now, seed=1)
        self.service = Service(self.account)
        self.path = path
        self.other = Journal(path, "another account")

    async def send(self, result: Result) -> Submission:
        """Send one URL, as `ucdn-tui refresh` does."""
        keys = Keys(self.account.public_key, Secret(self.account.private_key))
        transport = SimulatorTransport(self.service)
        async with UcdnClient("https://api.example.com", keys, self.clock, transport=transport) as client:
            plan = make_plan(URL, TaskKind.REFRESH, None, Known())
            submitter = Submitter(client, Journal(self.path, client.account), self.clock)
            return await _send(submitter, plan, frozenset(), self.clock, result, Output("refresh"))


def test_a_script_waits_for_another_instance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        world = World(loop, tmp_path / "submissions.jsonl")
        with world.other.writing():
            sending = asyncio.create_task(world.send(Result()))
            await asyncio.sleep(50)
            assert not world.service.submitted
        assert [call.state for call in (await sending).calls] == [CallState.ACCEPTED]
        assert loop.time() < 52

    run(main)
    assert capsys.readouterr().err == WAITING


def test_a_script_gives_up_if_another_instance_submits_for_long(tmp_path: Path) -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        world = World(loop, tmp_path / "submissions.jsonl")
        with world.other.writing(), pytest.raises(JournalBusyError, match="Nothing was sent"):
            await world.send(Result())
        assert loop.time() == pytest.approx(60, abs=1)
        assert not world.service.submitted

    run(main)


def test_a_script_that_waits_for_another_instance_can_be_interrupted(tmp_path: Path) -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        world = World(loop, tmp_path / "submissions.jsonl")
        with world.other.writing():
            sending = asyncio.create_task(world.send(Result()))
            await asyncio.sleep(10)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
        assert not world.service.submitted

    run(main)


def test_a_script_sends_nothing_that_another_instance_submits_meanwhile(tmp_path: Path) -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        world = World(loop, tmp_path / "submissions.jsonl")
        keys = Keys(world.account.public_key, Secret(world.account.private_key))
        async with UcdnClient("https://api.example.com", keys, world.clock) as client:
            other = Journal(world.path, client.account)
        with other.writing():
            sending = asyncio.create_task(world.send(Result()))
            await asyncio.sleep(10)
            batches = make_plan(URL, TaskKind.REFRESH, None, Known()).batches
            other.record(other.begin(batches, NOW), 0, CallState.ACCEPTED, NOW, task_id="theirs")
        with pytest.raises(JournalError, match="1 URL was submitted by another"):
            await sending
        assert not world.service.submitted

    run(main)
