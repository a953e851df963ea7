"""After a fault: what was begun goes on, what was missed is found, and no mistake of our own ends the watch."""

import httpx
import pytest

from support.clock import FakeClock
from ucdn_tui.errors import InternalError
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.service import Quirks
from ucdn_tui.watch.poll.poller import PollUpdate
from watch.harness import (
    LONG,
    PREFETCH,
    REFRESH,
    Asked,
    Trouble,
    account_state,
    add_tasks,
    down,
    numbered,
    running_poller,
    stored_state,
)


class TestInterruption:
    @pytest.mark.parametrize("number", range(5))
    async def test_a_load_goes_on_where_it_was_and_loses_nothing(
        self, clock: FakeClock, account: Account, number: int
    ) -> None:
        add_tasks(account, numbered("t", 30))
        answers = 0

        def trouble(asked: Asked) -> Trouble:
            nonlocal answers
            answers += asked.kind is REFRESH
            return httpx.Response(503) if asked.kind is REFRESH and answers == number + 1 else None

        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as watch:
            watch.line.trouble = trouble
            await clock.advance(3)
            assert stored_state(watch.store) == account_state(account)
            assert not watch.loading
            offsets = [asked.offset for asked in watch.asked(REFRESH) if not asked.is_dcdn]
            assert offsets == sorted([0, 10, 20, 30, *offsets[number : number + 1] * (number < 4)])

    async def test_a_pass_that_was_interrupted_still_proves_what_is_gone(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, numbered("t", 30))
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as watch:
            await clock.advance(1)
            account.remove("t0029")
            watch.line.trouble = lambda asked: httpx.Response(503) if 300 <= asked.at < 303 else None
            watch.line.latency = 0.5
            await clock.advance(700)
            assert watch.ids == set(numbered("t", 29))

    async def test_after_an_outage_everything_is_looked_at_again(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG)
        async with running_poller(clock, account) as watch:
            watch.line.trouble = down(10, 130)
            await clock.advance(129)
            assert len(watch.passes()) == 1
            await clock.advance(61)
            assert len(watch.passes()) == 2
            await clock.advance(30)
            assert len(watch.passes()) == 2

    async def test_a_short_outage_costs_no_pass(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG)
        async with running_poller(clock, account) as watch:
            watch.line.trouble = down(10, 25)
            await clock.advance(150)
            assert watch.state().error is None
            assert len(watch.passes()) == 1

    @pytest.mark.parametrize("active", [True, False])
    async def test_a_gap_that_becomes_shorter_is_no_outage(
        self, clock: FakeClock, account: Account, active: bool
    ) -> None:
        add_tasks(account, ["over"])
        async with running_poller(clock, account, interval=30.0) as watch:
            await clock.advance(119)
            if active:
                add_tasks(account, ["runs"], "prefetch", ago=0, **LONG)
                watch.poller.track(PREFETCH, "runs")
            else:
                watch.poller.set_interval(1)
            await clock.advance(10)
            assert watch.poller.state.delay < 31
            assert [asked.at for asked in watch.passes()] == [0]

    async def test_what_came_during_an_outage_is_found_by_the_first_look_after_it(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["runs"], **LONG)
        async with running_poller(clock, account) as watch:
            watch.line.trouble = down(10, 700)
            await clock.advance(12)
            add_tasks(account, ["meanwhile"], ago=0, queue=0.0, work=5.0)
            await clock.advance(760)
            assert stored_state(watch.store).keys() == account_state(account).keys()
            assert watch.settled() == ["meanwhile"]
            assert watch.looks(since=700)[0].begin <= clock.server_now() - 760


class TestOurOwnMistakes:
    async def test_they_are_shown_and_the_poller_lives_on(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["r"], ago=0, queue=0.0, work=20.0)
        async with running_poller(clock, account) as watch:
            watch.line.trouble = down(3, 30, lambda: KeyError("a slip"))
            await clock.advance(29)
            error = watch.state().error
            assert isinstance(error, InternalError)
            assert "KeyError" in str(error)
            await clock.advance(61)
            assert watch.state().error is None
            assert stored_state(watch.store) == account_state(account)
            assert not watch.running.done()
            watch.complaints.clear()

    @pytest.mark.parametrize("times", [1, 2, 7])
    async def test_a_screen_that_stumbles_does_not_stop_it(
        self, clock: FakeClock, account: Account, times: int
    ) -> None:
        add_tasks(account, ["r"], ago=0, queue=0.0, work=20.0)
        stumbles = iter(range(times))

        def stumble(_update: PollUpdate) -> None:
            if next(stumbles, None) is not None:
                raise LookupError("the screen has slipped")

        async with running_poller(clock, account) as watch:
            watch.heard = stumble
            await clock.advance(120)
            assert stored_state(watch.store) == account_state(account)
            assert watch.state(REFRESH).error is None
            assert watch.state(PREFETCH).error is None
            watch.complaints.clear()
