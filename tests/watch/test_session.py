"""WatchSession: updates, misuse and freshness."""

import asyncio
import itertools
from random import Random
from typing import Unpack

import pytest

from support.clock import FakeClock
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.api.models import DescribeQuery, Task, TaskKey, TaskPage
from ucdn_tui.errors import InternalError, RetCodeError
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.watch.freshness import Health
from ucdn_tui.watch.poll import fetcher
from ucdn_tui.watch.session import Update, WatchSession
from watch.sessions import WORK, collect, session_over
from watch.tasks import LONG_RUNNING, REFRESH, add_tasks
from watch.transport import ScriptedTransport, failing_between, refusal


class TestUpdates:
    async def test_tasks_are_reported_when_they_end(self, account: Account, clock: FakeClock) -> None:
        add_tasks(account, ["old"])
        add_tasks(account, ["quick"], work=8.0, **WORK)
        add_tasks(account, ["slow"], work=40.0, **WORK)
        ended: list[Task] = []
        async with session_over(account, clock) as session:
            collecting = asyncio.create_task(collect(session, ended))
            await clock.advance(20)
            assert [task.task_id for task in ended] == ["quick"]
            await clock.advance(40)
        await collecting
        assert [(task.task_id, task.status) for task in ended] == [("quick", "success"), ("slow", "success")]

    async def test_the_callback_is_called_before_anything_else_happens(
        self, account: Account, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetcher, "_URLS_PER_SLICE", 2)
        add_tasks(account, [f"t{number}" for number in range(40)], **LONG_RUNNING, ago=0.0)
        seen, known = [], []
        keys = Keys(account.public_key, Secret(account.private_key))
        transport = ScriptedTransport(Service(account), clock)
        async with UcdnClient("https://a.test", keys, clock, transport=transport) as client:

            def note(update: Update) -> None:
                if update.changes:
                    seen.append(len(update.changes.added))
                    known.append(len(session.store))

            session = WatchSession(client, clock, on_update=note)
            async with session:
                await clock.advance(1)
        assert known == list(itertools.accumulate(seen))
        assert known[-1] == 40
        assert len([count for count in seen if count]) > 1, "the answer came in one slice"

    async def test_a_callback_that_raises_costs_others_no_update(self, account: Account, clock: FakeClock) -> None:
        add_tasks(account, ["quick"], work=8.0, **WORK)
        keys = Keys(account.public_key, Secret(account.private_key))
        transport = ScriptedTransport(Service(account), clock)
        async with UcdnClient("https://a.test", keys, clock, transport=transport) as client:

            def stumble(update: Update) -> None:
                if update.ended:
                    raise ValueError

            async with WatchSession(client, clock, random=Random(1), on_update=stumble) as session:
                await clock.advance(1)
                waiting = asyncio.create_task(session.wait_until_settled([TaskKey(REFRESH, "quick")]))
                await clock.advance(60)
                assert [task.status for task in await asyncio.wait_for(waiting, 60)] == ["success"]

    async def test_leaving_ends_the_iteration(self, account: Account, clock: FakeClock) -> None:
        async with session_over(account, clock) as session:
            collecting = asyncio.create_task(collect(session, []))
            await clock.advance(1)
        await asyncio.wait_for(collecting, 60)


class TestMisuse:
    async def test_a_session_has_to_be_entered_and_only_once(self, account: Account, clock: FakeClock) -> None:
        async with session_over(account, clock) as session:
            with pytest.raises(RuntimeError, match="only once"):
                await session.__aenter__()
        client = UcdnClient("https://a.test", Keys("public", Secret("private")), clock)
        outside = WatchSession(client, clock)
        with pytest.raises(RuntimeError, match="async with"):
            await outside.wait_until_settled([TaskKey(REFRESH, "any")])
        with pytest.raises(RuntimeError, match="async with"):
            await anext(aiter(outside))
        await client.aclose()

    async def test_an_iteration_begins_with_the_present_state(self, account: Account, clock: FakeClock) -> None:
        transport = ScriptedTransport(Service(account), clock)
        transport.failure = lambda _request: refusal(171)
        async with session_over(account, clock, transport) as session:
            await clock.advance(60)
            first = await anext(aiter(session))
            assert isinstance(first.auth_error, RetCodeError)

    async def test_waiting_in_a_pause_ends_with_refused_keys(self, account: Account, clock: FakeClock) -> None:
        transport = ScriptedTransport(Service(account), clock)
        transport.failure = lambda _request: refusal(171)
        async with session_over(account, clock, transport) as session:
            await clock.advance(7)
            session.pause()
            waiting = asyncio.create_task(session.wait_until_settled([TaskKey(REFRESH, "any")]))
            await clock.advance(5)
            with pytest.raises(RetCodeError):
                await asyncio.wait_for(waiting, 60)


class CancelledOnce:
    """An API whose first call is cancelled from within, as when its client is closed meanwhile."""

    def __init__(self) -> None:
        self.calls = 0

    async def get(self) -> "CancelledOnce":
        return self

    async def describe_refresh_tasks(self, **_query: Unpack[DescribeQuery]) -> TaskPage:
        self.calls += 1
        if self.calls == 1:
            raise asyncio.CancelledError
        return TaskPage([])

    describe_prefetch_tasks = describe_refresh_tasks


async def test_a_cancelled_call_does_not_end_the_polling(clock: FakeClock) -> None:
    api = CancelledOnce()
    async with WatchSession(api, clock, random=Random(1)) as session:
        await clock.advance(0.5)
        assert any(isinstance(problem.error, InternalError) for problem in session.freshness().problems)
        await clock.advance(60)
        assert session.freshness().health is Health.FRESH


class TestFreshness:
    async def test_it_goes_from_loading_to_fresh(self, account: Account, clock: FakeClock) -> None:
        async with session_over(account, clock) as session:
            assert session.freshness().health is Health.LOADING
            await clock.advance(7)
            freshness = session.freshness()
            assert (freshness.health, freshness.loading, freshness.problems) == (Health.FRESH, False, ())
            assert freshness.age is not None

    async def test_an_outage_becomes_stale(self, account: Account, clock: FakeClock) -> None:
        transport = ScriptedTransport(Service(account), clock)
        transport.failure = failing_between(30, 1e9)
        async with session_over(account, clock, transport) as session:
            await clock.advance(45)
            assert session.freshness().health is Health.FAILED
            await clock.advance(60)
            freshness = session.freshness()
            assert freshness.health is Health.STALE
            assert {problem.kind for problem in freshness.problems} == {"refresh", "prefetch"}

    async def test_a_refusal_in_a_pause_is_reported_too(self, account: Account, clock: FakeClock) -> None:
        updates: list[Update] = []
        transport = ScriptedTransport(Service(account), clock)
        async with session_over(account, clock, transport) as session:
            collecting = asyncio.create_task(self.note(session, updates))
            await clock.advance(7)
            session.pause()
            transport.failure = lambda _request: refusal(171)
            session.refresh()
            await clock.advance(5)
            assert session.paused
            assert session.freshness().health is Health.PAUSED
        await collecting
        assert updates[0].auth_error is None
        assert isinstance(updates[-1].auth_error, RetCodeError)

    async def note(self, session: WatchSession, updates: list[Update]) -> None:
        async for update in session:
            updates.append(update)
