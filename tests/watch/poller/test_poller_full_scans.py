"""Passes over the whole window, whole-site tasks, and tasks of which nobody knows how they stand."""

from typing import Any

import pytest

from support.clock import FakeClock
from ucdn_tui.api.models import Phase
from ucdn_tui.simulator.account import Account
from ucdn_tui.watch.store import Cause
from watch.harness import (
    DAY,
    HOUR,
    LONG,
    PREFETCH,
    REFRESH,
    START,
    Asked,
    ScriptedTransport,
    account_state,
    add_tasks,
    running_poller,
    stored_state,
)

pytestmark = pytest.mark.usefixtures("nothing_adapts")


class TestReconciliation:
    async def test_the_window_is_passed_over_every_five_minutes(self, clock: FakeClock, account: Account) -> None:
        """From the end of one pass, which takes its time, to the first look after five minutes."""
        add_tasks(account, ["runs"], **LONG)
        moments = pytest.approx([0, 305, 610, 915], abs=0.5)
        async with running_poller(clock, account) as watch:
            watch.line.latency = 0.1
            await clock.advance(1000)
            assert [asked.at for asked in watch.passes(REFRESH)] == moments
            assert [asked.at for asked in watch.passes(PREFETCH)] == moments
            assert [asked.begin - START + DAY for asked in watch.passes(REFRESH)] == moments

    async def test_a_task_that_is_gone_goes_after_two_passes(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["stays", "goes"])
        add_tasks(account, ["goes too"], **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(100)
            account.remove("goes")
            account.remove("goes too")
            await clock.advance(300)
            assert watch.ids == {"stays", "goes", "goes too"}
            await clock.advance(300)
            assert watch.ids == {"stays"}
            (changes,) = [changes for changes in watch.changes() if changes.removed]
            assert changes.cause is Cause.RECONCILIATION

    async def test_until_then_looks_soon_do_not_ask_for_it_twice(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["stays", "goes"], **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(7)
            account.remove("goes")
            await clock.advance(93)
            last = [asked for asked in watch.asked(REFRESH, since=100) if asked.task_ids]
            assert [asked.task_ids for asked in last] == [["goes", "stays"]]

    async def test_a_task_that_is_gone_for_one_pass_only_stays(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["stays", "flickers"])

        def hide(asked: Asked, rows: list[Any]) -> list[Any]:
            return [row for row in rows if row["TaskId"] != "flickers" or asked.at // 300 % 2 == 0]

        async with running_poller(clock, account, prepare=lambda line: setattr(line, "rewrite", hide)) as watch:
            await clock.advance(1600)
            assert len(watch.passes()) > 5
            assert watch.ids == {"stays", "flickers"}
            assert watch.removed() == []

    async def test_a_window_moves_on_with_time(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["young", "old"], ago=HOUR - 100)
        async with running_poller(clock, account, window=HOUR) as watch:
            await clock.advance(80)
            assert watch.ids == {"young", "old"}
            await clock.advance(700)
            assert watch.ids == set()

    async def test_a_change_that_no_look_could_find_is_found_by_a_pass(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["over"], failing=(0,))

        def turn(asked: Asked, rows: list[Any]) -> list[Any]:
            return [{**row, "Status": "success"} for row in rows] if asked.at >= 100 else rows

        async with running_poller(clock, account, prepare=lambda line: setattr(line, "rewrite", turn)) as watch:
            await clock.advance(299)
            assert watch.status_of("over") == "failure"
            await clock.advance(21)
            assert watch.status_of("over") == "success"
            assert watch.settled() == [], "it was over before"


class TestUnreadable:
    async def test_what_cannot_be_read_is_counted_and_costs_only_itself(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["good", "bad"])

        def spoil(_asked: Asked, rows: list[Any]) -> list[Any]:
            return ["garbage" if row["TaskId"] == "bad" else row for row in rows]

        async with running_poller(clock, account, prepare=lambda line: setattr(line, "rewrite", spoil)) as watch:
            await clock.advance(0)
            assert watch.ids == {"good"}
            assert watch.state(REFRESH).unreadable == 1
            assert watch.state(PREFETCH).unreadable == 0
            assert watch.state(REFRESH).error is None

    async def test_while_anything_cannot_be_read_nothing_is_removed(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["stays", "goes"])
        async with running_poller(clock, account) as watch:
            await clock.advance(100)
            account.remove("goes")
            watch.line.rewrite = lambda asked, rows: [*rows, 7] if rows and asked.is_list else rows
            await clock.advance(900)
            assert watch.ids == {"stays", "goes"}
            watch.line.rewrite = None
            await clock.advance(600)
            assert watch.ids == {"stays"}
            assert watch.state().unreadable == 0


class TestWholeSite:
    async def test_while_there_are_none_only_passes_ask_for_them(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG)
        async with running_poller(clock, account) as watch:
            watch.line.latency = 0.1
            await clock.advance(306)
            moments = [asked.at for asked in watch.asked() if asked.is_dcdn]
            assert moments == pytest.approx([0, 0, 305, 305], abs=0.5)

    async def test_as_soon_as_there_are_some_each_look_asks_for_new_and_active_ones(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["w", "w2"], is_dcdn=True, **LONG)
        add_tasks(account, ["n"], **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(9)
            asked = [(asked.is_dcdn, *sorted(asked.task_ids)) for asked in watch.asked(REFRESH, since=5)]
            assert asked == [(False,), (True,), (False, "n"), (True, "w", "w2")]
            assert not any(asked.is_dcdn for asked in watch.asked(PREFETCH, since=5))
            add_tasks(account, ["new"], ago=0, is_dcdn=True, **LONG)
            await clock.advance(1)
            assert stored_state(watch.store) == account_state(account)

    async def test_a_new_one_is_found_by_the_next_pass_at_the_latest(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as watch:
            await clock.advance(10)
            add_tasks(account, ["w"], ago=0, is_dcdn=True, **LONG)
            await clock.advance(310)
            assert stored_state(watch.store) == account_state(account)

    async def test_when_the_last_one_is_gone_looks_ask_no_more(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["w"], is_dcdn=True)
        async with running_poller(clock, account) as watch:
            await clock.advance(50)
            account.remove("w")
            await clock.advance(600)
            assert watch.ids == set()
            watch.forget()
            await clock.advance(200)
            assert watch.asked()
            assert not any(asked.is_dcdn for asked in watch.asked())

    async def test_a_task_that_both_queries_return_is_not_one(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["both"], **LONG)
        add_tasks(account, ["w"], is_dcdn=True, **LONG)
        doubled: list[Any] = []

        def double(asked: Asked, rows: list[Any]) -> list[Any]:
            doubled.extend(row for row in rows if row["TaskId"] == "both")
            first = asked.kind is REFRESH and asked.is_dcdn and asked.is_list and asked.offset == 0
            return [*rows, *doubled[-1:]] if first else rows

        async with running_poller(clock, account, prepare=lambda line: setattr(line, "rewrite", double)) as watch:
            await clock.advance(620)
            assert {task.task_id: task.is_dcdn for task in watch.store} == {"both": False, "w": True}
            assert len(watch.changes()[0].added) == 1
            assert watch.removed() == []


class TestUndetermined:
    async def test_a_young_one_is_asked_for_by_id_until_it_is_known(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["odd"], unknown=(0, 1), ago=23 * HOUR)
        async with running_poller(clock, account, window=3 * DAY) as watch:
            await clock.advance(0)
            assert len(watch.store.keys_in(Phase.UNDETERMINED)) == 1
            assert watch.poller.state.delay == 20, "it is not active"
            await clock.advance(40)
            assert [asked.at for asked in watch.asked() if asked.task_ids == ["odd"]] == [20, 40]

    async def test_an_old_one_is_left_to_the_passes(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["odd"], unknown=(0, 1), ago=DAY - 30)
        async with running_poller(clock, account, window=3 * DAY) as watch:
            await clock.advance(290)
            assert [asked.at for asked in watch.asked() if asked.task_ids] == [20]
            watch.line.rewrite = lambda _asked, rows: [{**row, "Status": "success", "UrlLists": []} for row in rows]
            await clock.advance(30)
            assert watch.status_of("odd") == "success"
            assert watch.settled() == ["odd"]

    async def test_one_without_a_date_is_left_to_the_passes(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["odd"], unknown=(0, 1))

        def undate(line: ScriptedTransport) -> None:
            line.rewrite = lambda _asked, rows: [{**row, "CreateTime": None} for row in rows]

        async with running_poller(clock, account, prepare=undate) as watch:
            await clock.advance(290)
            assert watch.ids == {"odd"}
            assert not any(asked.task_ids for asked in watch.asked())


@pytest.mark.parametrize("missing", [None, ""])
async def test_a_task_without_an_id_is_never_asked_for_by_id(
    clock: FakeClock, account: Account, missing: str | None
) -> None:
    add_tasks(account, ["one", "two"], ago=0, queue=0.0, work=30.0)

    def anonymous(line: ScriptedTransport) -> None:
        line.rewrite = lambda _asked, rows: [{**row, "TaskId": missing} for row in rows]

    async with running_poller(clock, account, prepare=anonymous) as watch:
        await clock.advance(20)
        assert {task.status for task in watch.store} == {"process"}
        await clock.advance(300)
        assert not any(asked.task_ids for asked in watch.asked())
        assert {task.status for task in watch.store} == {"success"}
        assert len(watch.store) == 2
        assert len(watch.settled()) == 2


async def test_a_query_by_id_reaches_back_to_the_oldest_window_in_use(clock: FakeClock, account: Account) -> None:
    add_tasks(account, ["old"], ago=40 * HOUR, queue=0.0, work=100 * HOUR)
    add_tasks(account, ["runs"], **LONG)
    async with running_poller(clock, account, window=2 * DAY) as watch:
        await clock.advance(0)
        watch.line.latency = 3.0
        watch.poller.set_window(HOUR)
        await clock.advance(15)
        by_id = [asked for asked in watch.asked() if asked.task_ids]
        assert {(*asked.task_ids, asked.begin) for asked in by_id} == {("old", "runs", START - 2 * DAY)}
