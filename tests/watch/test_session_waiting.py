"""WatchSession: waiting until tasks are settled, and a script that does."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer

import pytest

from support import PATIENCE
from support.clock import FakeClock
from support.program import ServerTime
from support.servers.simulator_server import running_server
from ucdn_tui.api.models import TaskKey
from ucdn_tui.errors import RetCodeError
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from watch.sessions import WORK, collect, session_over
from watch.tasks import HOUR, LONG_RUNNING, PREFETCH, REFRESH, add_tasks
from watch.transport import ScriptedTransport, refusal


class TestWaiting:
    async def test_a_wait_ends_when_all_tasks_are_settled(self, account: Account, clock: FakeClock) -> None:
        add_tasks(account, ["done"])
        add_tasks(account, ["quick"], work=8.0, **WORK)
        add_tasks(account, ["slow"], work=40.0, **WORK)
        async with session_over(account, clock) as session:
            await clock.advance(1)
            keys = [TaskKey(REFRESH, task_id) for task_id in ("slow", "done", "quick")]
            waiting = asyncio.create_task(session.wait_until_settled(keys))
            await clock.advance(30)
            assert not waiting.done()
            await clock.advance(20)
            assert [task.task_id for task in await waiting] == ["slow", "done", "quick"]

    async def test_a_task_outside_the_window_is_asked_for_by_its_id(self, account: Account, clock: FakeClock) -> None:
        add_tasks(account, ["old"], ago=30 * HOUR)
        transport = ScriptedTransport(Service(account), clock)
        async with session_over(account, clock, transport) as session:
            waiting = asyncio.create_task(session.wait_until_settled([TaskKey(REFRESH, "old")]))
            await clock.advance(10)
            assert any("old" in request.task_ids for request in transport.requests)
            waiting.cancel()

    async def test_a_task_that_the_api_no_longer_lists_ends_the_wait(self, account: Account, clock: FakeClock) -> None:
        add_tasks(account, ["gone"], **LONG_RUNNING, ago=0.0)
        async with session_over(account, clock) as session:
            await clock.advance(1)
            waiting = asyncio.create_task(session.wait_until_settled([TaskKey(REFRESH, "gone")]))
            account.remove("gone")
            await clock.advance(700)
            assert [task.status for task in await waiting] == ["process"]

    async def test_refused_keys_end_the_wait_with_their_error(self, account: Account, clock: FakeClock) -> None:
        transport = ScriptedTransport(Service(account), clock)
        transport.failure = lambda _request: refusal(171)
        async with session_over(account, clock, transport) as session:
            waiting = asyncio.create_task(session.wait_until_settled([TaskKey(REFRESH, "any")]))
            await clock.advance(5)
            with pytest.raises(RetCodeError) as caught:
                await waiting
        assert caught.value.code == 171

    async def test_keys_refused_before_end_a_wait_for_known_tasks(self, account: Account, clock: FakeClock) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING, ago=0.0)
        transport = ScriptedTransport(Service(account), clock)
        transport.failure = lambda request: refusal(171) if request.at >= 2 else None
        async with session_over(account, clock, transport) as session:
            await clock.advance(10)
            with pytest.raises(RetCodeError):
                await asyncio.wait_for(session.wait_until_settled([TaskKey(REFRESH, "runs")]), 5)

    async def test_settled_tasks_are_returned_although_keys_are_refused(
        self, account: Account, clock: FakeClock
    ) -> None:
        add_tasks(account, ["done"])
        transport = ScriptedTransport(Service(account), clock)
        transport.failure = lambda request: refusal(171) if request.at >= 2 else None
        async with session_over(account, clock, transport) as session:
            await clock.advance(30)
            (task,) = await asyncio.wait_for(session.wait_until_settled([TaskKey(REFRESH, "done")]), 5)
        assert task.task_id == "done"

    async def test_a_session_that_was_left_yields_nothing(self, account: Account, clock: FakeClock) -> None:
        async with session_over(account, clock) as session:
            await clock.advance(1)
        await asyncio.wait_for(collect(session, []), 5)
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(session.wait_until_settled([TaskKey(REFRESH, "any")]), 5)

    async def test_refused_keys_of_the_other_kind_do_not_end_the_wait(self, account: Account, clock: FakeClock) -> None:
        add_tasks(account, ["quick"], work=8.0, **WORK)
        transport = ScriptedTransport(Service(account), clock)
        transport.failure = lambda request: refusal(171) if request.kind is PREFETCH else None
        async with session_over(account, clock, transport) as session:
            await clock.advance(1)
            waiting = asyncio.create_task(session.wait_until_settled([TaskKey(REFRESH, "quick")]))
            await clock.advance(60)
            assert [task.status for task in await asyncio.wait_for(waiting, 60)] == ["success"]


SCRIPT = """
import asyncio, sys
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.clock import SystemClock
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.watch.session import WatchSession

async def main(endpoint, public_key, private_key):
    clock = SystemClock()
    async with UcdnClient(endpoint, Keys(public_key, Secret(private_key)), clock) as api:
        async with WatchSession(api, clock, interval=1) as session:
            async for update in session:
                for task in update.ended:
                    print(task.task_id, task.outcome, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def asked(service: Service) -> int:
    """Return how often the service was asked for refresh tasks."""
    return sum(call["Action"] == "DescribeNewUcdnRefreshCacheTask" for call in service.requests)


def test_a_script_of_fifteen_lines_prints_tasks_as_they_end(tmp_path: Path) -> None:
    script = tmp_path / "ended.py"
    script.write_text(SCRIPT)
    assert len(SCRIPT.strip().splitlines()) <= 16
    server_time = ServerTime()
    service = Service(Account(server_time))
    account = service.account
    with running_server(service) as url:
        ids = [account.add("refresh", [f"https://cdn.test/{n}"], queue=0.0, work=3600.0) for n in range(2)]
        command = [sys.executable, str(script), url, account.public_key, account.private_key]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            kill = Timer(PATIENCE, program.kill)  # ends the reading below
            kill.start()
            while asked(service) < 2 and program.poll() is None:
                time.sleep(0.01)  # the service tells nobody that it was asked; its first answer has the tasks
            server_time.pass_time(3600)
            lines = [program.stdout.readline() for _ in ids]
            kill.cancel()
            program.terminate()
    assert sorted(lines) == sorted(f"{task_id} success\n" for task_id in ids)
