"""The user's commands: refresh, pause, interval, window, stop."""

from itertools import pairwise
from math import inf

import pytest

from support.clock import FakeClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks
from watch.harness import running_poller
from watch.tasks import (
    DAY,
    HOUR,
    LONG_RUNNING,
    PREFETCH,
    REFRESH,
    START,
    account_state,
    add_tasks,
    numbered,
    stored_state,
)


class TestRefresh:
    async def test_a_refresh_polls_and_scans_at_once(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["over"])
        async with running_poller(clock, account) as harness:
            await clock.advance(12)
            harness.poller.refresh()
            await clock.advance(0)
            for kind in (REFRESH, PREFETCH):
                assert [request.at for request in harness.polls(kind)] == [12]
                assert [request.at for request in harness.full_scans(kind)] == [0, 12]
            await clock.advance(19)
            assert [request.at for request in harness.requests(REFRESH)][-1] == 12, (
                "the next poll comes one delay after this one"
            )

    async def test_a_refresh_during_a_poll_adds_one_full_scan(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        add_tasks(account, ["runs too"], "prefetch", **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            await clock.advance(5)
            harness.clear()
            harness.transport.latency = 0.4
            await clock.advance(5.1)
            harness.poller.refresh()
            harness.poller.refresh()
            await clock.advance(0.2)
            harness.poller.refresh()
            await clock.advance(4)
            for kind in (REFRESH, PREFETCH):
                assert [request.at for request in harness.polls(kind)] == [10]
                assert [request.at for request in harness.full_scans(kind)] == [pytest.approx(10.8)]

    async def test_a_refresh_during_a_full_scan_adds_none(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 30))
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as harness:
            harness.transport.latency = 0.5
            await clock.advance(0.7)
            harness.poller.refresh()
            await clock.advance(0.2)
            harness.poller.refresh()
            await clock.advance(15)
            assert not harness.loading
            assert [request.at for request in harness.full_scans()] == [0]
            assert [request.at for request in harness.full_scans(PREFETCH)] == [0]

    async def test_repeated_refreshes_poll_at_most_once_a_second(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 200))
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as harness:
            harness.transport.latency = 0.1
            for _ in range(40):
                harness.poller.refresh()
                await clock.advance(0.1)
            times = [request.at for request in harness.polls()]
            assert len(times) >= 2
            assert all(later - earlier >= 0.999 for earlier, later in pairwise(times)), times

    async def test_a_refresh_works_in_a_pause_and_does_not_end_it(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], ago=0, queue=0.0, work=100.0)
        async with running_poller(clock, account) as harness:
            await clock.advance(3)
            harness.poller.pause()
            await clock.advance(200)
            assert harness.status_of("runs") == "process"
            harness.poller.refresh()
            await clock.advance(0)
            assert stored_state(harness.store) == account_state(account)
            assert harness.ended() == ["runs"]
            assert harness.poller.state.paused
            harness.clear()
            await clock.advance(1000)
            assert harness.requests() == []

    async def test_a_refresh_finds_old_and_deleted_tasks(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["stays", "goes"])
        async with running_poller(clock, account) as harness:
            await clock.advance(10)
            account.remove("goes")
            add_tasks(account, ["late"], ago=2 * HOUR)
            for _ in range(2):
                harness.poller.refresh()
                await clock.advance(1)
            assert stored_state(harness.store) == account_state(account)


class TestPause:
    async def test_nothing_is_asked_in_a_pause(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], ago=0, queue=0.0, work=100.0)
        async with running_poller(clock, account) as harness:
            await clock.advance(7)
            harness.clear()
            harness.poller.pause()
            assert harness.updates[-1].state.paused
            assert {state.next_try for state in harness.updates[-1].state.kinds.values()} == {None}
            await clock.advance(1000)
            assert harness.requests() == []
            harness.poller.pause(False)
            assert not harness.updates[-1].state.paused
            await clock.advance(0)
            assert stored_state(harness.store) == account_state(account)
            assert harness.full_scans(), "a long pause is followed by a full scan"

    async def test_a_paused_load_resumes_at_the_next_page(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 50))
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as harness:
            harness.transport.latency = 1.0
            await clock.advance(1.5)
            harness.poller.pause()
            await clock.advance(100)
            assert len(harness.store) == 20
            assert harness.loading
            harness.poller.pause(False)
            await clock.advance(20)
            assert not harness.loading
            assert len(harness.full_scans()) == 1
            assert stored_state(harness.store) == account_state(account)

    async def test_tracking_a_task_does_not_resume_a_paused_load(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 50))
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as harness:
            harness.transport.latency = 1.0
            await clock.advance(1.5)
            harness.poller.pause()
            await clock.advance(5)
            harness.poller.track(REFRESH, "coming")
            await clock.advance(100)
            assert len(harness.store) == 20


class TestInterval:
    async def test_a_shorter_interval_takes_effect_at_once(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        async with running_poller(clock, account, interval=60.0) as harness:
            await clock.advance(7)
            harness.poller.set_interval(5)
            assert harness.updates[-1].state.interval == harness.updates[-1].state.delay == 5
            await clock.advance(10)
            assert [request.at for request in harness.polls()] == [7, 12, 17]

    async def test_a_longer_interval_takes_effect_at_once(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        async with running_poller(clock, account, interval=5.0) as harness:
            await clock.advance(7)
            harness.poller.set_interval(60)
            await clock.advance(120)
            assert [request.at for request in harness.polls()] == [5, 65, 125]

    async def test_the_delay_is_four_intervals_while_all_tasks_are_settled(
        self, clock: FakeClock, account: Account
    ) -> None:
        async with running_poller(clock, account, interval=60.0) as harness:
            await clock.advance(7)
            harness.poller.set_interval(2)
            await clock.advance(13)
            assert [request.at for request in harness.polls()] == [8, 16]

    async def test_the_interval_is_at_least_a_second(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as harness:
            harness.poller.set_interval(0)
            assert harness.poller.state.interval == 1.0


class TestWindow:
    async def test_a_wider_window_shows_older_tasks_at_once(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["today"])
        add_tasks(account, ["last week"], ago=5 * DAY)
        async with running_poller(clock, account) as harness:
            await clock.advance(7)
            assert harness.ids == {"today"}
            harness.poller.set_window(7 * DAY)
            assert harness.updates[-1].state.window == 7 * DAY
            await clock.advance(0)
            assert harness.ids == {"today", "last week"}
            assert harness.ended() == []

    async def test_a_narrower_window_removes_tasks_after_two_full_scans(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["now", "runs"], **LONG_RUNNING)
        add_tasks(account, ["before", "runs on"], ago=5 * HOUR, **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            await clock.advance(7)
            harness.clear()
            harness.poller.set_window(2 * HOUR)
            await clock.advance(0)
            assert harness.ids == {"now", "runs"}
            assert len(harness.full_scans()) == 2
            await clock.advance(300)
            assert harness.ids == {"now", "runs"}

    async def test_a_narrower_window_restarts_a_running_full_scan(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("now", 15))
        add_tasks(account, numbered("before", 15), ago=5 * HOUR)
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as harness:
            harness.transport.latency = 1.0
            await clock.advance(2.5)
            harness.poller.set_window(2 * HOUR)
            await clock.advance(30)
            assert harness.ids == set(numbered("now", 15))

    async def test_an_endless_window_begins_at_the_epoch(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ancient"], ago=400 * DAY)
        async with running_poller(clock, account, window=DAY) as harness:
            await clock.advance(7)
            harness.poller.set_window(99_999 * DAY)
            await clock.advance(0)
            assert harness.state().error is None
            assert harness.ids == {"ancient"}

    @pytest.mark.parametrize("moment", [0.5, 1.5, 2.5])
    async def test_the_window_may_change_while_a_page_is_fetched(
        self, clock: FakeClock, account: Account, moment: float
    ) -> None:
        add_tasks(account, ["today"])
        add_tasks(account, ["last week"], ago=5 * DAY)
        async with running_poller(clock, account) as harness:
            harness.transport.latency = 1.0
            await clock.advance(moment)
            harness.poller.set_window(7 * DAY)
            await clock.advance(10)
            assert harness.ids == {"today", "last week"}
            assert harness.state().error is None
            assert not harness.loading


class TestStop:
    @pytest.mark.parametrize("how", ["stop", "cancel"])
    async def test_a_stopped_poller_emits_and_asks_nothing(self, clock: FakeClock, account: Account, how: str) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            harness.transport.latency = 1.0
            await clock.advance(9.5)
            harness.clear()
            if how == "stop":
                harness.poller.stop()
            else:
                harness.running.cancel()
                await clock.advance(0)
            commands = [
                harness.poller.refresh,
                harness.poller.pause,
                lambda: harness.poller.pause(False),
                lambda: harness.poller.set_interval(1),
                lambda: harness.poller.set_window(DAY),
                lambda: harness.poller.track(REFRESH, "mine"),
                harness.poller.stop,
            ]
            for command in commands:
                command()
            await clock.advance(1000)
            assert harness.updates == []
            assert harness.requests() == []
            assert clock.sleepers.count == 0


async def test_the_state_has_the_time_of_the_next_poll(clock: FakeClock, account: Account) -> None:
    add_tasks(account, ["runs"], **LONG_RUNNING)
    async with running_poller(clock, account, window=3 * HOUR) as harness:
        harness.transport.latency = 1.0
        await clock.advance(8.5)
        state = harness.state()
        assert (state.answered, state.poll_due, state.next_try, state.error) == (7.0, 10.0, 10.0, None)
        assert (harness.poller.state.window, harness.poller.state.paused) == (3 * HOUR, False)
        assert all((kind.next_try or 0.0) < inf for update in harness.updates for kind in update.state.kinds.values())
        assert harness.requests()[0].begin == START - 3 * HOUR
