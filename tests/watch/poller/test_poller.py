"""The first load, and the looks that follow: what is asked for, when, and what of it is shown."""

from itertools import pairwise
from typing import Any

import pytest

from support.clock import FakeClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.service import Quirks
from ucdn_tui.watch.poll.incremental import IDS_PER_CALL
from ucdn_tui.watch.store import Cause
from watch.harness import (
    DAY,
    HOUR,
    LONG,
    PREFETCH,
    REFRESH,
    START,
    Asked,
    account_state,
    add_tasks,
    numbered,
    running_poller,
    stored_state,
)

pytestmark = pytest.mark.usefixtures("nothing_adapts")


class TestFirstLoad:
    async def test_each_page_is_shown_as_it_arrives(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 250))
        async with running_poller(clock, account) as watch:
            watch.line.latency = 1.0
            shown = []
            for _ in range(6):
                await clock.advance(1.0)
                shown.append(len(watch.store))
        assert shown == [100, 100, 100, 200, 250, 250], "the second and third answers are those to process and wait"
        assert [len(changes.added) for changes in watch.changes(Cause.FIRST_LOAD) if changes.added] == [100, 100, 50]

    async def test_it_knows_the_truth_when_it_is_over(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 230))
        add_tasks(account, numbered("p", 110), "prefetch", failing=(1,))
        add_tasks(account, numbered("w", 3), is_dcdn=True)
        add_tasks(account, numbered("r", 3), **LONG)
        async with running_poller(clock, account) as watch:
            assert watch.loading
            await clock.advance(0)
            assert not watch.loading
            assert stored_state(watch.store) == account_state(account)
            assert len(watch.store) == 346
            assert watch.settled() == []

    async def test_it_is_loading_until_the_whole_site_tasks_have_been_asked_for(
        self, clock: FakeClock, account: Account
    ) -> None:
        async with running_poller(clock, account) as watch:
            watch.line.latency = 1.0
            await clock.advance(1.5)
            assert watch.state().loading
            assert watch.state().answered == 1.0
            await clock.advance(1.0)
            assert not watch.state().loading
            watch.poller.refresh()
            await clock.advance(0.5)
            assert not watch.state().loading, "the window is known by now"

    async def test_all_pages_are_of_one_window_though_time_passes(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 250))
        async with running_poller(clock, account, window=6 * HOUR, interval=60.0) as watch:
            watch.line.latency = 3.0
            await clock.advance(60)
            lists = [asked for asked in watch.asked(REFRESH) if asked.is_list]
            assert len({(asked.begin, asked.window) for asked in lists}) == 1
            assert [(asked.is_dcdn, asked.offset) for asked in lists] == [
                *((False, offset) for offset in (0, 100, 200, 250)),
                (True, 0),
            ]
            assert lists[0].begin == START - 6 * HOUR
            assert lists[0].begin + lists[0].window >= START

    async def test_what_is_running_is_shown_before_what_is_long_over(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 350))
        add_tasks(account, ["runs"], ago=12 * HOUR, queue=0.0, work=20 * HOUR)
        add_tasks(account, ["waits"], ago=12 * HOUR, queue=20 * HOUR)
        async with running_poller(clock, account) as watch:
            watch.line.latency = 1.0
            await clock.advance(3.0)
            assert {"runs", "waits"} <= watch.ids
            assert len(watch.store) == 102

    async def test_a_query_by_status_is_not_paged_and_comes_once(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 110))
        add_tasks(account, numbered("r", 110), **LONG)
        async with running_poller(clock, account, interval=60.0) as watch:
            await clock.advance(0)
            by_status = [asked for asked in watch.asked() if "Status" in asked.params]
            assert [(asked.kind, asked.params["Status"]) for asked in by_status] == [
                (REFRESH, "process"),
                (REFRESH, "wait"),
            ]
            assert not any(asked.is_list for asked in by_status)
            assert {asked.params["Limit"] for asked in by_status} == {"100"}
            await clock.advance(360)
            assert len(watch.passes()) == 2
            assert len([asked for asked in watch.asked() if "Status" in asked.params]) == 2

    async def test_a_small_window_is_not_asked_by_status(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 99), **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(0)
            assert [(asked.is_dcdn, asked.params["Offset"]) for asked in watch.asked(REFRESH)] == [
                (False, "0"),
                (False, "99"),
                (True, "0"),
            ]

    async def test_what_is_new_and_what_ends_is_shown_during_a_long_load(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, numbered("t", 120))
        add_tasks(account, ["ends"], ago=10, queue=0.0, work=13.0)
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as watch:
            watch.line.latency = 1.0
            await clock.advance(2)
            add_tasks(account, ["new"], ago=0, **LONG)
            await clock.advance(10)
            assert watch.loading
            assert watch.status_of("ends") == "success"
            assert watch.settled() == ["ends"]
            assert "new" in watch.ids
            await clock.advance(60)
            assert not watch.loading
            assert set(stored_state(watch.store)) == set(account_state(account))

    async def test_a_server_slower_than_the_interval_does_not_keep_a_load_from_ending(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, numbered("t", 250))
        add_tasks(account, ["runs"], ago=60, **LONG)
        async with running_poller(clock, account, interval=1.0) as watch:
            watch.line.latency = 0.6
            await clock.advance(60)
            assert not watch.loading
            assert len(watch.store) == 251


class TestPaceOfLooks:
    @pytest.mark.parametrize("interval", [1.0, 5.0, 60.0])
    async def test_a_new_task_is_shown_within_an_interval_while_any_is_active(
        self, clock: FakeClock, account: Account, interval: float
    ) -> None:
        add_tasks(account, ["runs"], "prefetch", **LONG)
        async with running_poller(clock, account, interval=interval) as watch:
            await clock.advance(3.3 * interval)
            add_tasks(account, ["new"], ago=0)
            await clock.advance(0.69 * interval)
            assert "new" not in watch.ids
            await clock.advance(0.02 * interval)
            assert "new" in watch.ids

    async def test_while_all_is_settled_it_is_asked_every_four_intervals(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, numbered("t", 3))
        async with running_poller(clock, account, interval=5.0) as watch:
            await clock.advance(99)
            assert [asked.at for asked in watch.looks()] == [20, 40, 60, 80]
            assert [asked.at for asked in watch.looks(PREFETCH)] == [20, 40, 60, 80]
            assert watch.poller.state.delay == watch.poller.idle_delay == 20
            add_tasks(account, ["new"], ago=0, **LONG)
            await clock.advance(1)
            assert "new" in watch.ids
            assert watch.poller.state.delay == 5

    async def test_a_task_that_ends_is_shown_within_an_interval(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["short"], ago=0, queue=0.0, work=12.0)
        async with running_poller(clock, account) as watch:
            await clock.advance(11.9)
            assert watch.status_of("short") == "process"
            assert watch.settled() == []
            await clock.advance(3.1)
            assert watch.status_of("short") == "success"
            assert watch.settled() == ["short"]
            assert stored_state(watch.store) == account_state(account)
            await clock.advance(60)
            assert watch.settled() == ["short"]

    async def test_progress_is_shown_at_each_look(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account) as watch:
            percents = []
            for _ in range(4):
                await clock.advance(5)
                percents.append(next(iter(watch.store)).percent)
                assert next(iter(watch.store)).last_change == pytest.approx(clock.server_now(), abs=0.001)
            assert percents == [5, 10, 15, 20]

    async def test_what_one_kind_finds_active_sets_the_pace_of_the_other(
        self, clock: FakeClock, account: Account
    ) -> None:
        async with running_poller(clock, account) as watch:
            await clock.advance(19)
            add_tasks(account, ["runs"], "prefetch", ago=0, queue=0.0, work=13.0)
            await clock.advance(15)
            assert [asked.at for asked in watch.looks(REFRESH)] == [20, 25, 30]
            await clock.advance(66)
            last = [asked.at for asked in watch.looks(REFRESH)][-3:]
            assert [later - earlier for earlier, later in pairwise(last)] == [20, 20]

    async def test_the_last_word_of_a_look_says_when_the_next_one_is(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(7)
            assert watch.updates[-1].state == watch.poller.state
            assert watch.state().next_try == 10

    async def test_two_looks_are_never_less_than_a_second_apart(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG)
        async with running_poller(clock, account, interval=0.01) as watch:
            assert watch.poller.state.interval == 1.0
            await clock.advance(5)
            assert [asked.at for asked in watch.looks()] == [1, 2, 3, 4, 5]


class TestWhatALookAsks:
    async def test_it_asks_for_what_is_new_and_what_is_active_and_nothing_else(
        self, clock: FakeClock, account: Account
    ) -> None:
        active = numbered("r", 120)
        add_tasks(account, active, ago=2 * HOUR, **LONG)
        add_tasks(account, numbered("t", 40))
        async with running_poller(clock, account) as watch:
            await clock.advance(0)
            for last in (0, 5, 10):
                watch.forget()
                await clock.advance(5)
                listed, *by_id = watch.asked(REFRESH)
                assert listed.begin == START + last - 120
                assert [len(asked.task_ids) for asked in by_id] == [50, 50, 20]
                assert sorted(task_id for asked in by_id for task_id in asked.task_ids) == active
                assert {asked.begin for asked in by_id} == {START - DAY}
                assert len(watch.asked(PREFETCH)) == 1

    async def test_new_is_what_came_since_the_last_look_began_however_long_it_took(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["runs"], **LONG)
        async with running_poller(clock, account) as watch:
            watch.line.latency = 1.5
            await clock.advance(16)
            looks = [(asked.at, asked.begin - START) for asked in watch.looks()]
            assert looks == [(5.0, -120), (10.0, 5 - 120), (15.0, 10 - 120)]

    async def test_every_request_sends_a_begin_time(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("r", 101), **LONG)
        add_tasks(account, ["w"], is_dcdn=True, **LONG)
        async with running_poller(clock, account, interval=30.0) as watch:
            watch.poller.track(PREFETCH, "coming")
            await clock.advance(340)
            assert len(watch.passes()) == 2
            assert len(watch.asked(PREFETCH)) > 20
            assert all("BeginTime" in asked.params for asked in watch.asked())

    async def test_an_active_task_that_has_just_come_is_not_asked_for_again(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["new", "newer"], ago=10, **LONG)
        add_tasks(account, ["old"], ago=HOUR, **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(5)
            assert [asked.task_ids for asked in watch.asked() if asked.task_ids] == [["old"]]

    async def test_a_settled_task_is_asked_for_by_the_passes_only(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["over"], ago=HOUR)
        add_tasks(account, ["runs"], ago=HOUR, **LONG)
        came: list[Asked] = []

        def note(asked: Asked, rows: list[Any]) -> list[Any]:
            came.extend(asked for row in rows if row["TaskId"] == "over")
            return rows

        async with running_poller(clock, account, prepare=lambda line: setattr(line, "rewrite", note)) as watch:
            watch.line.latency = 0.1
            await clock.advance(299)
            assert [asked.at for asked in came] == [0]
            await clock.advance(300)
            assert [asked.at for asked in came] == [0, 305]
            assert not any("over" in asked.task_ids for asked in watch.asked())

    async def test_the_kinds_are_asked_for_their_own_tasks(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["twin"], "refresh", **LONG)
        add_tasks(account, ["twin", "own"], "prefetch", **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(5)
            asked = {(asked.kind, *asked.task_ids) for asked in watch.asked() if asked.task_ids}
            assert asked == {(REFRESH, "twin"), (PREFETCH, "own", "twin")}

    async def test_more_new_tasks_than_fit_on_a_page_all_come(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as watch:
            await clock.advance(19)
            for batch in "abcde":
                add_tasks(account, numbered(batch, 46), ago=0)
            await clock.advance(1)
            assert len(watch.store) == 230
            assert [asked.offset for asked in watch.asked(REFRESH, since=20)] == [0, 100, 200, 230]

    async def test_no_call_has_more_ids_than_it_may(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("r", 3 * IDS_PER_CALL), **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(5)
            assert [len(asked.task_ids) for asked in watch.asked(REFRESH, since=5)[1:]] == [IDS_PER_CALL] * 3
