"""Waiting for tasks, in simulated time: hours pass at once."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from support.virtual_time import VirtualClock, run
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.cli.scripts.progress import Progress
from ucdn_tui.cli.scripts.result import Outcome, Result
from ucdn_tui.cli.scripts.waiting import Waiting
from ucdn_tui.errors import RetCodeError
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.transport import SimulatorTransport
from ucdn_tui.watch.session import WatchSession

NOW = 1_760_000_000.0

URLS = ["https://img.example.com/1.jpg", "https://img.example.com/2.jpg"]


class Transport(httpx.AsyncBaseTransport):
    """Passes requests on to the simulator, or answers in its place."""

    def __init__(self, service: Service) -> None:
        self._simulator = SimulatorTransport(service)
        self.fault: Callable[[bytes], dict[str, Any] | None] = lambda _body: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.fault(await request.aread())
        return httpx.Response(200, json=answer) if answer else await self._simulator.handle_async_request(request)


class Clock(VirtualClock):
    """A clock that is right."""

    def observe(self, date: str) -> None:
        pass


class World:
    """An account, a session over it with a short time range, and what waiting has found."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.clock = Clock(loop, NOW)
        self.account = Account(self.clock.true_now, seed=1)
        self.transport = Transport(Service(self.account))
        self.result = Result()

    def add(self, *, work: float, ago: float = 0.0, failing: tuple[int, ...] = (), kind: Any = "refresh") -> str:
        return self.account.add(kind, URLS, created=NOW - ago, queue=0.0, work=work, failing=failing)

    async def wait(self, *ids: str, timeout: float | None = None, **options: Any) -> Result:
        keys = Keys(self.account.public_key, Secret(self.account.private_key))
        async with (
            UcdnClient("https://api.example.com", keys, self.clock, transport=self.transport) as client,
            WatchSession(client, self.clock, window=60.0) as session,
        ):
            progress = Progress(session.time_remaining, {}, quiet=True)
            waiting = Waiting(session, self.clock, self.result, progress, timeout=timeout, **options)
            await (waiting.for_ids(ids) if ids else waiting.for_all_active())
        return self.result


def in_simulated_time(test: Callable[[World], Any]) -> Callable[[], None]:
    def wrapper() -> None:
        run(lambda loop: test(World(loop)))

    wrapper.__name__, wrapper.__doc__ = test.__name__, test.__doc__
    return wrapper


@in_simulated_time
async def test_a_task_that_leaves_the_time_range_is_waited_for_to_its_end(world: World) -> None:
    task_id = world.add(work=1500, ago=300)
    result = await world.wait(task_id)
    assert (result.outcome, result.tasks[0][0].task_id) == (Outcome.DONE, task_id)
    assert 1200 <= world.loop.time() <= 1260


@in_simulated_time
async def test_a_finished_task_keeps_its_failed_urls_while_another_runs(world: World) -> None:
    failed, running = world.add(work=10, failing=(1,)), world.add(work=900)
    result = await world.wait(failed, running)
    assert (result.outcome, result.failed_urls) == (Outcome.FAILED_URLS, URLS[1:])
    assert len(result.tasks) == 2


@in_simulated_time
async def test_a_task_that_is_removed_has_vanished(world: World) -> None:
    task_id = world.add(work=900)
    world.loop.call_later(30, world.account.remove, task_id)
    result = await world.wait(task_id)
    assert (result.outcome, result.exit_status) == (Outcome.VANISHED, 3)
    assert task_id in result.message


@in_simulated_time
async def test_an_id_that_is_unknown_ends_after_a_grace(world: World) -> None:
    result = await world.wait("20251009165320_00000000")
    assert (result.outcome, result.exit_status) == (Outcome.UNKNOWN_ID, 2)
    assert 20 <= world.loop.time() <= 40


@in_simulated_time
async def test_a_task_that_is_listed_late_is_waited_for(world: World) -> None:
    task_id = "20251009165320_4d8031d5"
    late = {"task_id": task_id, "queue": 0.0, "work": 10.0}
    world.loop.call_later(90, lambda: world.account.add("refresh", URLS, created=NOW, **late))
    assert (await world.wait(task_id, grace=120.0)).outcome is Outcome.DONE


@in_simulated_time
async def test_an_outage_does_not_end_it(world: World) -> None:
    task_id = world.add(work=60)
    world.transport.fault = lambda _body: {"RetCode": 150} if world.loop.time() < 1000 else None
    assert (await world.wait(task_id)).outcome is Outcome.DONE
    assert world.loop.time() >= 1000


@in_simulated_time
async def test_an_outage_does_not_outlast_the_timeout(world: World) -> None:
    task_id = world.add(work=60)
    world.transport.fault = lambda _body: {"RetCode": 150}
    assert (await world.wait(task_id, timeout=100.0)).outcome is Outcome.TIME_OUT
    assert 100 <= world.loop.time() <= 102


@pytest.mark.parametrize("code", [171, 299, 292])
def test_a_refusal_that_the_command_cannot_mend_ends_it(code: int) -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        world = World(loop)
        world.transport.fault = lambda _body: {"RetCode": code}
        with pytest.raises(RetCodeError):
            await world.wait("20251009165320_00000000")

    run(main)


@in_simulated_time
async def test_the_right_to_one_kind_suffices_for_its_tasks(world: World) -> None:
    task_id = world.add(work=60)
    world.transport.fault = lambda body: {"RetCode": 299} if b"Prefetch" in body else None
    assert (await world.wait(task_id)).outcome is Outcome.DONE


@in_simulated_time
async def test_all_that_is_active_at_the_start(world: World) -> None:
    first = world.add(work=100, ago=10)
    world.loop.call_later(50, lambda: world.account.add("refresh", URLS, queue=0.0, work=900.0))
    result = await world.wait()
    assert [task.task_id for task, _urls in result.tasks] == [first]


@in_simulated_time
async def test_nothing_active_ends_at_once(world: World) -> None:
    result = await world.wait()
    assert (result.outcome, list(result.tasks)) == (Outcome.DONE, [])
