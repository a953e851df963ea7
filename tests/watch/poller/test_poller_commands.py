"""What a person asks for: refresh, pause, another interval, another window, a task just submitted, an end."""

from itertools import pairwise
from math import inf

import pytest

from support.clock import FakeClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.service import Quirks
from ucdn_tui.watch.store import Cause
from watch.harness import (
    DAY,
    HOUR,
    LONG,
    PREFETCH,
    REFRESH,
    START,
    ScriptedTransport,
    account_state,
    add_tasks,
    numbered,
    running_poller,
    stored_state,
)


class TestRefresh:
    async def test_it_looks_and_passes_over_the_window_at_once(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["over"])
        async with running_poller(clock, account) as watch:
            await clock.advance(12)
            watch.poller.refresh()
            await clock.advance(0)
            for kind in (REFRESH, PREFETCH):
                assert [asked.at for asked in watch.looks(kind)] == [12]
                assert [asked.at for asked in watch.passes(kind)] == [0, 12]
            await clock.advance(19)
            assert [asked.at for asked in watch.asked(REFRESH)][-1] == 12, "the next look is a gap after this one"

    async def test_during_a_look_it_adds_exactly_one_pass(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG)
        add_tasks(account, ["runs too"], "prefetch", **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(5)
            watch.forget()
            watch.line.latency = 0.4
            await clock.advance(5.1)
            watch.poller.refresh()
            watch.poller.refresh()
            await clock.advance(0.2)
            watch.poller.refresh()
            await clock.advance(4)
            for kind in (REFRESH, PREFETCH):
                assert [asked.at for asked in watch.looks(kind)] == [10]
                assert [asked.at for asked in watch.passes(kind)] == [pytest.approx(10.8)]

    async def test_during_a_pass_it_adds_no_second_one(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 30))
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as watch:
            watch.line.latency = 0.5
            await clock.advance(0.7)
            watch.poller.refresh()
            await clock.advance(0.2)
            watch.poller.refresh()
            await clock.advance(15)
            assert not watch.loading
            assert [asked.at for asked in watch.passes()] == [0]
            assert [asked.at for asked in watch.passes(PREFETCH)] == [0]

    async def test_pressed_again_and_again_it_does_not_ask_more_than_once_a_second(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, numbered("t", 200))
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as watch:
            watch.line.latency = 0.1
            for _ in range(40):
                watch.poller.refresh()
                await clock.advance(0.1)
            times = [asked.at for asked in watch.looks()]
            assert len(times) >= 2
            assert all(later - earlier >= 0.999 for earlier, later in pairwise(times)), times

    async def test_it_works_while_paused_and_changes_nothing_about_the_pause(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["runs"], ago=0, queue=0.0, work=100.0)
        async with running_poller(clock, account) as watch:
            await clock.advance(3)
            watch.poller.pause()
            await clock.advance(200)
            assert watch.status_of("runs") == "process"
            watch.poller.refresh()
            await clock.advance(0)
            assert stored_state(watch.store) == account_state(account)
            assert watch.settled() == ["runs"]
            assert watch.poller.state.paused
            watch.forget()
            await clock.advance(1000)
            assert watch.asked() == []

    async def test_it_finds_what_only_a_pass_can_find(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["stays", "goes"])
        async with running_poller(clock, account) as watch:
            await clock.advance(10)
            account.remove("goes")
            add_tasks(account, ["late"], ago=2 * HOUR)
            for _ in range(2):
                watch.poller.refresh()
                await clock.advance(1)
            assert stored_state(watch.store) == account_state(account)


class TestPause:
    async def test_nothing_is_asked_until_it_is_over(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], ago=0, queue=0.0, work=100.0)
        async with running_poller(clock, account) as watch:
            await clock.advance(7)
            watch.forget()
            watch.poller.pause()
            assert watch.updates[-1].state.paused
            assert {state.next_try for state in watch.updates[-1].state.kinds.values()} == {None}
            await clock.advance(1000)
            assert watch.asked() == []
            watch.poller.pause(False)
            assert not watch.updates[-1].state.paused
            await clock.advance(0)
            assert stored_state(watch.store) == account_state(account)
            assert watch.passes(), "after so long everything is looked at again"

    async def test_a_load_stops_at_its_next_page_and_goes_on_from_there(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, numbered("t", 50))
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as watch:
            watch.line.latency = 1.0
            await clock.advance(1.5)
            watch.poller.pause()
            await clock.advance(100)
            assert len(watch.store) == 20
            assert watch.loading
            watch.poller.pause(False)
            await clock.advance(20)
            assert not watch.loading
            assert len(watch.passes()) == 1
            assert stored_state(watch.store) == account_state(account)

    async def test_a_task_that_is_expected_does_not_set_a_paused_load_going(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, numbered("t", 50))
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as watch:
            watch.line.latency = 1.0
            await clock.advance(1.5)
            watch.poller.pause()
            await clock.advance(5)
            watch.poller.track(REFRESH, "coming")
            await clock.advance(100)
            assert len(watch.store) == 20


class TestInterval:
    async def test_a_shorter_one_takes_effect_at_once(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG)
        async with running_poller(clock, account, interval=60.0) as watch:
            await clock.advance(7)
            watch.poller.set_interval(5)
            assert watch.updates[-1].state.interval == watch.updates[-1].state.delay == 5
            await clock.advance(10)
            assert [asked.at for asked in watch.looks()] == [7, 12, 17]

    async def test_a_longer_one_takes_effect_at_once(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG)
        async with running_poller(clock, account, interval=5.0) as watch:
            await clock.advance(7)
            watch.poller.set_interval(60)
            await clock.advance(120)
            assert [asked.at for asked in watch.looks()] == [5, 65, 125]

    async def test_while_all_is_settled_four_times_as_much_passes(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account, interval=60.0) as watch:
            await clock.advance(7)
            watch.poller.set_interval(2)
            await clock.advance(13)
            assert [asked.at for asked in watch.looks()] == [8, 16]

    async def test_it_is_never_under_a_second(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as watch:
            watch.poller.set_interval(0)
            assert watch.poller.state.interval == 1.0


class TestWindow:
    async def test_a_wider_one_shows_older_tasks_at_once(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["today"])
        add_tasks(account, ["last week"], ago=5 * DAY)
        async with running_poller(clock, account) as watch:
            await clock.advance(7)
            assert watch.ids == {"today"}
            watch.poller.set_window(7 * DAY)
            assert watch.updates[-1].state.window == 7 * DAY
            await clock.advance(0)
            assert watch.ids == {"today", "last week"}
            assert watch.settled() == []

    async def test_a_narrower_one_lets_go_what_is_outside_after_two_passes(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["now", "runs"], **LONG)
        add_tasks(account, ["before", "runs on"], ago=5 * HOUR, **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(7)
            watch.forget()
            watch.poller.set_window(2 * HOUR)
            await clock.advance(0)
            assert watch.ids == {"now", "runs"}
            assert len(watch.passes()) == 2
            await clock.advance(300)
            assert watch.ids == {"now", "runs"}

    async def test_a_narrower_one_counts_from_now_on_also_in_the_middle_of_a_pass(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, numbered("now", 15))
        add_tasks(account, numbered("before", 15), ago=5 * HOUR)
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as watch:
            watch.line.latency = 1.0
            await clock.advance(2.5)
            watch.poller.set_window(2 * HOUR)
            await clock.advance(30)
            assert watch.ids == set(numbered("now", 15))

    async def test_a_window_without_end_begins_with_the_epoch(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ancient"], ago=400 * DAY)
        async with running_poller(clock, account, window=DAY) as watch:
            await clock.advance(7)
            watch.poller.set_window(99_999 * DAY)
            await clock.advance(0)
            assert watch.state().error is None
            assert watch.ids == {"ancient"}

    @pytest.mark.parametrize("moment", [0.5, 1.5, 2.5])
    async def test_it_may_change_while_a_page_is_on_its_way(
        self, clock: FakeClock, account: Account, moment: float
    ) -> None:
        add_tasks(account, ["today"])
        add_tasks(account, ["last week"], ago=5 * DAY)
        async with running_poller(clock, account) as watch:
            watch.line.latency = 1.0
            await clock.advance(moment)
            watch.poller.set_window(7 * DAY)
            await clock.advance(10)
            assert watch.ids == {"today", "last week"}
            assert watch.state().error is None
            assert not watch.loading


class TestExpect:
    async def test_a_task_that_no_list_shows_yet_is_found_by_its_id(self, clock: FakeClock, account: Account) -> None:
        def hide(line: ScriptedTransport) -> None:
            line.rewrite = lambda asked, rows: [row for row in rows if asked.task_ids or row["TaskId"] != "mine"]

        async with running_poller(clock, account, prepare=hide) as watch:
            await clock.advance(7)
            add_tasks(account, ["mine"], "prefetch", ago=0, queue=0.0, work=20.0)
            watch.poller.track(PREFETCH, "mine")
            await clock.advance(0)
            assert watch.status_of("mine", PREFETCH) == "process"
            assert [changes.cause for changes in watch.changes() if changes.added] == [Cause.TRACKED]
            await clock.advance(25)
            assert watch.settled() == ["mine"]

    async def test_it_is_asked_for_at_each_look_until_it_comes(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG)
        add_tasks(account, ["mine"], ago=-13)
        async with running_poller(clock, account) as watch:
            await clock.advance(2)
            watch.poller.track(REFRESH, "mine")
            await clock.advance(40)
            assert [asked.at for asked in watch.asked() if "mine" in asked.task_ids] == [2, 7, 12, 17]
            assert watch.settled() == ["mine"]
            assert not any(asked.task_ids == ["mine"] for asked in watch.asked(PREFETCH))


class TestEnd:
    @pytest.mark.parametrize("how", ["stop", "cancel"])
    async def test_nothing_is_said_or_asked_any_more(self, clock: FakeClock, account: Account, how: str) -> None:
        add_tasks(account, ["runs"], **LONG)
        async with running_poller(clock, account) as watch:
            watch.line.latency = 1.0
            await clock.advance(9.5)
            watch.forget()
            if how == "stop":
                watch.poller.stop()
            else:
                watch.running.cancel()
                await clock.advance(0)
            commands = [
                watch.poller.refresh,
                watch.poller.pause,
                lambda: watch.poller.pause(False),
                lambda: watch.poller.set_interval(1),
                lambda: watch.poller.set_window(DAY),
                lambda: watch.poller.track(REFRESH, "mine"),
                watch.poller.stop,
            ]
            for command in commands:
                command()
            await clock.advance(1000)
            assert watch.updates == []
            assert watch.asked() == []
            assert clock.sleepers.count == 0


async def test_the_state_says_when_the_next_look_is(clock: FakeClock, account: Account) -> None:
    add_tasks(account, ["runs"], **LONG)
    async with running_poller(clock, account, window=3 * HOUR) as watch:
        watch.line.latency = 1.0
        await clock.advance(8.5)
        state = watch.state()
        assert (state.answered, state.poll_due, state.next_try, state.error) == (7.0, 10.0, 10.0, None)
        assert (watch.poller.state.window, watch.poller.state.paused) == (3 * HOUR, False)
        assert all((kind.next_try or 0.0) < inf for update in watch.updates for kind in update.state.kinds.values())
        assert watch.asked()[0].begin == START - 3 * HOUR
