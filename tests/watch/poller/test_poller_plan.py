"""What is asked for, in how few calls, and when: looks that reach back, calls at once, glances, tasks that are kept."""

import logging
from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.clock import FakeClock, TickingClock
from ucdn_tui.api.models import TaskKey, TaskKind
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.service import Quirks, Service
from ucdn_tui.watch.poll import fetcher as fetcher_module
from ucdn_tui.watch.poll.incremental import IDS_PER_CALL, OVERLAP, SPARE_URLS, TRACK_SECONDS
from ucdn_tui.watch.store import Cause
from watch.harness import (
    DAY,
    HOUR,
    LONG,
    PREFETCH,
    REFRESH,
    START,
    Asked,
    PollerHarness,
    ScriptedTransport,
    account_state,
    add_tasks,
    down,
    numbered,
    refusal,
    running_poller,
    stored_state,
)

FEW = SPARE_URLS // 3
"""So many tasks of two URLs each may come along for nothing."""


def by_id(watch: PollerHarness, kind: TaskKind = REFRESH, since: float = 0.0) -> list[Asked]:
    return [asked for asked in watch.asked(kind, since) if asked.task_ids]


def glances(watch: PollerHarness, kind: TaskKind = REFRESH) -> list[float]:
    """Return the moments at which a kind was asked by id and nothing else. (Nothing must take any time.)"""
    moments: dict[float, bool] = {}
    for asked in watch.asked(kind):
        moments[asked.at] = moments.get(asked.at, True) and bool(asked.task_ids)
    return [at for at, is_glance in moments.items() if is_glance]


def too_close(watch: PollerHarness) -> list[tuple[float, float]]:
    """Return which two moments at which refresh tasks were asked for are less than a second apart."""
    moments = sorted({asked.at for asked in watch.asked(REFRESH)})
    return [(earlier, later) for earlier, later in pairwise(moments) if later - earlier < 0.999]


def added(watch: PollerHarness) -> list[str]:
    """Return the TaskIds that came, as often as they did."""
    return [task.task_id for changes in watch.changes() for task in changes.added]


def changing(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[ScriptedTransport], None]:
    """Return what has the line change each row."""

    def prepare(line: ScriptedTransport) -> None:
        line.rewrite = lambda _asked, rows: [change(row) for row in rows]

    return prepare


def stays_at_99(row: dict[str, Any]) -> dict[str, Any]:
    """Have a task stay in process, its URLs at 99 per cent at the most."""
    urls = [{**url, "Status": "process", "Progress": min(99, url["Progress"])} for url in row["UrlLists"]]
    return {**row, "Status": "process", "UrlLists": urls}


def end_all(account: Account, ids: list[str]) -> None:
    """Have these refresh tasks, created two hours ago, be over."""
    for task_id in ids:
        account.remove(task_id)
    add_tasks(account, ids, ago=2 * HOUR)


async def passes(watch: PollerHarness, number: int = 2) -> None:
    """Have the whole window passed over so many times, at intervals of a few seconds."""
    for _ in range(number):
        watch.poller.refresh()
        await watch.clock.advance(3)


class TestReachingBack:
    async def test_where_it_costs_little_what_is_new_and_what_is_active_is_one_call(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["runs"], ago=2 * HOUR, queue=0.0, work=2 * HOUR + 12)
        add_tasks(account, numbered("t", 10))
        add_tasks(account, numbered("old", 30), ago=3 * HOUR)  # one answer is long: a shorter one is the last page
        async with running_poller(clock, account) as watch:
            await clock.advance(7)
            add_tasks(account, ["new"], ago=0, **LONG)
            await clock.advance(3)
            (look,) = watch.asked(REFRESH, since=6)
            assert look.is_list
            assert look.begin == START - 2 * HOUR
            assert stored_state(watch.store) == account_state(account)
            await clock.advance(5)
            assert stored_state(watch.store) == account_state(account)
            assert watch.settled() == ["runs"]

    @pytest.mark.parametrize(("number", "reaches"), [(FEW - 1, True), (FEW, True), (FEW + 1, False), (600, False)])
    async def test_only_so_many_urls_may_come_along_for_nothing(
        self, clock: FakeClock, account: Account, number: int, reaches: bool
    ) -> None:
        add_tasks(account, ["runs"], ago=2 * HOUR, **LONG)
        add_tasks(account, numbered("t", number))
        async with running_poller(clock, account) as watch:
            await clock.advance(5)
            (look,) = watch.looks()
            assert look.begin == (START - 2 * HOUR if reaches else START - OVERLAP)
            assert [asked.task_ids for asked in by_id(watch)] == ([] if reaches else [["runs"]])

    async def test_many_small_tasks_count_as_much_as_their_urls(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], ago=2 * HOUR, **LONG)
        add_tasks(account, ["large"], urls=SPARE_URLS)
        async with running_poller(clock, account) as watch:
            await clock.advance(5)
            assert [asked.task_ids for asked in by_id(watch)] == [["runs"]]

    async def test_many_active_tasks_come_along_all_at_once(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("r", 90), ago=2 * HOUR, urls=20, **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(5)
            assert by_id(watch) == []
            assert {asked.begin for asked in watch.asked(REFRESH, since=5)} == {START - 2 * HOUR - 89}

    async def test_if_one_of_them_is_too_far_back_it_does_not_reach_back_at_all(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["far"], ago=20 * HOUR, **LONG)
        add_tasks(account, numbered("t", FEW + 1), ago=10 * HOUR)
        add_tasks(account, ["near"], ago=HOUR, **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(5)
            assert [asked.begin for asked in watch.looks()] == [START - OVERLAP]
            assert [asked.task_ids for asked in by_id(watch)] == [["far", "near"]]

    async def test_one_without_a_date_can_only_be_had_by_its_id(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs", "dated"], **LONG)
        undate = changing(lambda row: {**row, "CreateTime": None} if row["TaskId"] == "runs" else row)
        async with running_poller(clock, account, prepare=undate) as watch:
            await clock.advance(5)
            assert {task_id for asked in by_id(watch) for task_id in asked.task_ids} >= {"runs"}

    async def test_each_lane_reaches_back_as_far_as_its_own_tasks_need(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["n"], ago=2 * HOUR, **LONG)
        add_tasks(account, ["w"], ago=5 * HOUR, is_dcdn=True, **LONG)
        add_tasks(account, ["p"], "prefetch", ago=7 * HOUR, **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(5)
            begins = {(asked.kind, asked.is_dcdn): asked.begin for asked in watch.asked(since=5)}
            assert begins == {
                (REFRESH, False): START - 2 * HOUR,
                (REFRESH, True): START - 5 * HOUR,
                (PREFETCH, False): START - 7 * HOUR,
            }

    async def test_what_comes_along_but_is_cut_off_is_asked_for_by_id(self, clock: FakeClock, account: Account) -> None:
        """A server that shows its first page only."""
        add_tasks(account, ["runs"], ago=2 * HOUR, queue=0.0, work=2 * HOUR + 12)
        add_tasks(account, numbered("t", 20))
        async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"Offset"}), page_cap=10)) as watch:
            await clock.advance(0)
            watch.poller.track(REFRESH, "runs")
            await clock.advance(5)
            assert watch.status_of("runs") == "process"
            await clock.advance(13)
            assert watch.status_of("runs") == "success"

    async def test_hundreds_of_tasks_of_one_second_do_not_all_come_along_for_one_of_them(
        self, clock: FakeClock, account: Account
    ) -> None:
        for task_id in numbered("t", 2 * SPARE_URLS):
            account.add("refresh", ["https://a.example/"], task_id=task_id, created=START - HOUR, queue=1, work=9)
        account.add("refresh", ["https://a.example/"], task_id="z", created=START - HOUR, queue=0, work=DAY)
        came = 0

        def count_rows(asked: Asked, rows: list[Any]) -> list[Any]:
            nonlocal came
            came += sum(len(row["UrlLists"]) for row in rows) if asked.at > 0 else 0
            return rows

        async with running_poller(clock, account, prepare=lambda line: setattr(line, "rewrite", count_rows)) as watch:
            await clock.advance(5)
            assert watch.looks()
            assert came <= SPARE_URLS

    async def test_it_never_reaches_out_of_the_window(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["leaves"], ago=HOUR - 30, **LONG)
        add_tasks(account, numbered("t", 20), ago=HOUR - 40)
        async with running_poller(clock, account, window=HOUR) as watch:
            await clock.advance(200)
            lists = [asked for asked in watch.asked(REFRESH) if asked.is_list]
            assert len({asked.at for asked in lists}) == 40 + 1
            assert {asked.begin for asked in lists if asked.at in (5.0, 20.0)} == {START - HOUR + 30}
            assert all(asked.begin >= int(START + asked.at - HOUR) for asked in lists)

    async def test_what_has_left_the_window_does_not_come_back(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["leaves", "leaves too"], ago=HOUR - 30, **LONG)
        add_tasks(account, numbered("t", 20), ago=HOUR - 40)
        add_tasks(account, numbered("s", 20), ago=HOUR - 900)
        add_tasks(account, ["stays"], ago=60, **LONG)
        async with running_poller(clock, account, window=HOUR) as watch:
            await clock.advance(1)
            watch.poller.pin(TaskKey(REFRESH, "leaves"))
            await clock.advance(2400)
            assert watch.ids == {"leaves", "stays"}
            assert len(added(watch)) == len(set(added(watch))) == 43

    async def test_nor_does_it_where_the_window_is_made_smaller_and_ids_are_ignored(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, numbered("t", 5), ago=10 * HOUR)
        add_tasks(account, numbered("s", FEW + 1), ago=HOUR / 4)
        add_tasks(account, ["runs"], ago=HOUR / 2, **LONG)
        async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"TaskId"}))) as watch:
            await clock.advance(7)
            watch.poller.set_window(HOUR)
            await clock.advance(60)
            assert set(stored_state(watch.store)) == set(account_state(account, HOUR))

    async def test_a_window_smaller_than_the_overlap_is_kept_to_as_well(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["leaves"], ago=0)
        add_tasks(account, ["p"], "prefetch", **LONG)
        async with running_poller(clock, account, window=60.0) as watch:
            await clock.advance(70)
            await passes(watch)
            assert "leaves" not in watch.ids
            await clock.advance(20)
            assert "leaves" not in watch.ids

    async def test_after_a_long_sleep_no_look_asks_for_what_is_out_of_the_window(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["out"], ago=0)
        async with running_poller(clock, account, window=HOUR) as watch:
            watch.line.trouble = down(1, 3 * HOUR)
            await clock.advance(1)
            account.add("refresh", ["https://a.example/"], task_id="meanwhile", created=START + 10, queue=1, work=1)
            await clock.advance(4 * HOUR)
            assert "meanwhile" not in added(watch)


@pytest.mark.usefixtures("nothing_adapts")
class TestManyAtOnce:
    """Many active tasks, asked for by id."""

    @pytest.fixture
    def active(self, account: Account) -> list[str]:
        active = numbered("r", 5 * IDS_PER_CALL)
        add_tasks(account, active, ago=2 * HOUR, **LONG)
        return active

    @pytest.fixture
    async def watch(self, clock: FakeClock, account: Account, active: list[str]) -> Any:
        async with running_poller(clock, account, interval=30.0) as watch:
            await clock.advance(0)
            assert len(watch.store) == len(active)
            watch.forget()
            yield watch

    async def test_four_calls_are_under_way_at_once(self, clock: FakeClock, watch: PollerHarness) -> None:
        watch.line.latency = 2.0
        await clock.advance(40)
        assert [asked.at for asked in by_id(watch)] == [32, 32, 32, 32, 34]
        assert len({task_id for asked in by_id(watch) for task_id in asked.task_ids}) == 250

    async def test_what_one_call_brings_is_shown_before_the_others_come(
        self, clock: FakeClock, account: Account, active: list[str], watch: PollerHarness
    ) -> None:
        answer = watch.line._simulator.handle_async_request

        async def slow(request: httpx.Request) -> httpx.Response:
            if b"r0000" in await request.aread():
                await clock.sleep(3.0)
            return await answer(request)

        watch.line._simulator.handle_async_request = slow
        end_all(account, active)
        await clock.advance(32)
        assert sorted(watch.settled()) == active[50:], "also the fifth call is not held up by one that is slow"
        await clock.advance(2)
        assert sorted(watch.settled()) == active

    async def test_one_that_fails_costs_only_its_own_and_those_that_wait(
        self, clock: FakeClock, account: Account, active: list[str], watch: PollerHarness
    ) -> None:
        watch.line.trouble = lambda asked: httpx.Response(503) if "r0010" in asked.task_ids else None
        watch.line.latency = 0.5
        end_all(account, active)
        await clock.advance(31.2)
        assert len(by_id(watch)) == 4, "the fifth is not asked for"
        assert sorted(watch.settled()) == active[50:200]
        assert watch.state().error is not None
        watch.line.trouble = lambda _asked: None
        await clock.advance(60)
        assert sorted(watch.settled()) == active
        assert stored_state(watch.store) == account_state(account)

    async def test_after_a_fault_what_is_new_is_asked_for_from_the_last_look_that_succeeded(
        self, clock: FakeClock, account: Account, watch: PollerHarness
    ) -> None:
        watch.line.trouble = lambda asked: httpx.Response(503) if "r0060" in asked.task_ids else None
        await clock.advance(200)
        assert {asked.begin for asked in watch.looks()} == {START - OVERLAP}
        assert watch.state().answered == 0

    async def test_if_all_fail_four_were_asked_and_it_counts_as_one_fault(
        self, clock: FakeClock, watch: PollerHarness
    ) -> None:
        watch.line.trouble = lambda asked: httpx.Response(503) if asked.task_ids else None
        watch.line.latency = 0.5
        await clock.advance(31.1)
        assert len(by_id(watch)) == 4
        assert watch.state().error is not None
        next_try = watch.state().next_try
        assert next_try is not None
        assert next_try <= 31 + 2, "the first back-off is two seconds at the most"
        watch.line.trouble = lambda _asked: None
        await clock.advance(60)
        assert watch.state().error is None

    async def test_if_all_time_out_the_next_page_is_half_as_large_not_a_sixteenth(
        self, clock: FakeClock, watch: PollerHarness
    ) -> None:
        watch.line.trouble = lambda asked: httpx.ReadTimeout("slow") if asked.task_ids else None
        watch.line.latency = 0.5
        await clock.advance(31.1)
        assert len(by_id(watch)) == 4
        watch.line.trouble = lambda _asked: None
        await clock.advance(5)
        (limit,) = {int(asked.params["Limit"]) for asked in watch.asked(REFRESH, since=31.1) if asked.is_list}
        assert limit >= 50

    async def test_that_it_is_asked_too_often_is_heard_also_where_another_call_fails_first(
        self, clock: FakeClock, watch: PollerHarness
    ) -> None:
        def trouble(asked: Asked) -> httpx.Response | None:
            if not asked.task_ids:
                return None
            first = asked.task_ids[0] == "r0000"
            return httpx.Response(503) if first else httpx.Response(429, headers={"Retry-After": "40"})

        watch.line.trouble = trouble
        watch.line.latency = 0.5
        await clock.advance(31.1)
        assert len(by_id(watch)) == 4
        assert watch.poller.state.delay > 30, "asked less often"
        await clock.advance(30)
        assert watch.asked(REFRESH, since=31.1) == []

    async def test_after_a_rate_limit_fewer_calls_are_made_at_once(
        self, clock: FakeClock, watch: PollerHarness
    ) -> None:
        watch.line.latency = 1.0
        at_once = []
        for _ in range(3):
            watch.line.trouble = lambda asked: refusal(153) if asked.kind is REFRESH else None
            watch.poller.refresh()
            await clock.advance(2.1)
            assert watch.state().error is not None
            watch.line.trouble = lambda _asked: None
            watch.forget()
            watch.poller.refresh()
            await clock.advance(12)
            moments = [asked.at for asked in by_id(watch)]
            at_once.append(max(map(moments.count, moments)))
            assert len(moments) == 5
        assert at_once == [2, 1, 1], "there is no less than one"

    async def test_when_that_is_over_they_are_four_again(self, clock: FakeClock, watch: PollerHarness) -> None:
        watch.line.trouble = lambda asked: refusal(153) if asked.kind is REFRESH and asked.at < 31 else None
        watch.line.latency = 1.0
        await clock.advance(200)
        moments = [asked.at for asked in by_id(watch)]
        counts = [moments.count(at) for at in dict.fromkeys(moments)]
        assert (counts[:3], counts[-2:]) == ([2, 2, 1], [4, 1])

    async def test_ids_that_are_ignored_are_all_sent_in_one_call(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("r", 3 * IDS_PER_CALL), ago=2 * HOUR, **LONG)
        async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"TaskId"}))) as watch:
            watch.line.rewrite = lambda asked, rows: [*rows, *rows[:1]] if asked.task_ids else rows
            add_tasks(account, ["over"])
            await clock.advance(11)
            assert [len(asked.task_ids) for asked in by_id(watch, since=10)] == [150]


class TestGlances:
    """Between two looks, what is expected to be over is asked for."""

    async def test_the_end_of_a_task_is_shown_well_before_the_next_look(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0) as watch:
            await clock.advance(98)
            assert glances(watch) == []
            await clock.advance(5)
            assert watch.status_of("ends") == "success"
            assert watch.settled() == ["ends"]
            assert 1 <= len(glances(watch)) <= 3
            assert {tuple(asked.task_ids) for asked in by_id(watch)} == {("ends",)}
            assert [asked.at for asked in watch.looks()] == [30, 60, 90]

    async def test_only_that_task_is_asked_for(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        add_tasks(account, ["runs", "runs too"], ago=0, **LONG)
        add_tasks(account, ["w"], ago=0, is_dcdn=True, **LONG)
        add_tasks(account, ["p"], "prefetch", ago=0, **LONG)
        async with running_poller(clock, account, interval=30.0) as watch:
            await clock.advance(115)
            assert watch.settled() == ["ends"]
            assert {(asked.kind, asked.is_dcdn, *asked.task_ids) for asked in watch.asked() if asked.task_ids} == {
                (REFRESH, False, "ends")
            }

    async def test_a_whole_site_task_is_asked_for_as_one(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["w"], ago=0, is_dcdn=True, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0) as watch:
            await clock.advance(105)
            assert watch.settled() == ["w"]
            assert {asked.is_dcdn for asked in by_id(watch)} == {True}

    async def test_the_data_look_no_younger_for_it(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        add_tasks(account, ["runs"], ago=0, **LONG)
        async with running_poller(clock, account, interval=30.0) as watch:
            await clock.advance(91)
            before = watch.state()
            await clock.advance(15)
            assert glances(watch)
            assert (watch.state().answered, watch.state().poll_due) == (before.answered, before.poll_due) == (90, 120)

    async def test_what_is_new_is_not_forgotten_for_it(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        add_tasks(account, ["runs"], ago=0, **LONG)
        async with running_poller(clock, account, interval=30.0) as watch:
            await clock.advance(119)
            assert glances(watch)
            watch.forget()
            await clock.advance(1)
            assert [asked.at for asked in watch.looks()] == [120]
            assert watch.looks()[0].begin <= START + 90 - OVERLAP

    async def test_one_that_stays_at_99_per_cent_is_asked_for_a_few_times_only(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["stuck"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0, prepare=changing(stays_at_99)) as watch:
            await clock.advance(1000)
            assert 2 <= len(glances(watch)) <= 12
            assert len(watch.looks()) >= 30, "it is looked at as ever"
            watch.forget()
            await clock.advance(3000)
            assert glances(watch) == []

    async def test_while_paused_there_are_none(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0) as watch:
            await clock.advance(91)
            watch.poller.pause()
            watch.forget()
            await clock.advance(300)
            assert watch.asked() == []

    async def test_nor_while_it_fails(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        add_tasks(account, ["p"], "prefetch", ago=0, **LONG)
        async with running_poller(clock, account, interval=30.0, random=Random(3)) as watch:
            await clock.advance(61)
            watch.line.trouble = down(62, 140)
            watch.forget()
            await clock.advance(70)
            assert watch.asked(REFRESH)
            assert by_id(watch) == []

    async def test_nor_while_a_person_has_to_give_other_keys(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0) as watch:
            await clock.advance(89)
            watch.line.trouble = lambda _asked: refusal(171)
            await clock.advance(5)
            watch.forget()
            await clock.advance(300)
            assert watch.asked() == []

    async def test_nor_while_the_api_is_asked_too_often(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0) as watch:
            await clock.advance(59)
            watch.line.trouble = down(60, 60.5, lambda: refusal(153))
            await clock.advance(60)
            assert watch.state().error is None
            assert glances(watch) == []

    async def test_one_that_fails_is_a_fault_as_any_other(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0) as watch:
            watch.line.trouble = lambda asked: refusal(153) if asked.task_ids else None
            await clock.advance(99.9)
            assert len(by_id(watch)) == 1
            assert watch.state().error is not None
            assert watch.poller.state.delay == 60, "slowed down"
            await clock.advance(10)
            assert watch.status_of("ends") == "success", "found by the look that follows a fault"
            assert watch.state().error is None

    async def test_a_task_without_an_id_is_not_asked_for_by_id(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        anonymous = changing(lambda row: {**row, "TaskId": None})
        async with running_poller(clock, account, interval=30.0, prepare=anonymous) as watch:
            await clock.advance(115)
            assert len(watch.looks()) == 3
            assert [asked.task_ids for asked in watch.asked() if asked.task_ids] == []

    async def test_after_a_pause_none_comes_right_before_a_look(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        add_tasks(account, ["runs"], ago=0, **LONG)
        async with running_poller(clock, account, interval=30.0) as watch:
            await clock.advance(91)
            watch.poller.pause()
            await clock.advance(28.5)
            watch.poller.pause(False)
            watch.forget()
            await clock.advance(2)
            assert sorted({asked.at for asked in watch.asked(REFRESH)}) == [120]

    async def test_a_smaller_interval_has_no_look_come_right_after_one(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        add_tasks(account, ["runs"], ago=0, **LONG)
        async with running_poller(clock, account, interval=30.0) as watch:
            await clock.advance(99)
            while not glances(watch):
                await clock.advance(0.1)
            (glance,) = glances(watch)
            watch.poller.set_interval(2.0)
            await clock.advance(3)
            later = [asked.at for asked in watch.asked(REFRESH) if asked.at > glance]
            assert later[0] >= glance + 0.999

    async def test_a_pass_does_not_come_right_after_one(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=300.0, urls=1)
        async with running_poller(clock, account, interval=70.0) as watch:
            await clock.advance(303)
            assert glances(watch)
            assert too_close(watch) == []

    async def test_where_looks_take_as_long_as_the_gap_between_them_it_adds_next_to_none(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["stuck"], ago=0, queue=0.0, work=40.0, urls=1)
        add_tasks(account, ["runs"], ago=HOUR, **LONG)
        add_tasks(account, numbered("t", FEW + 1), ago=HOUR / 2)
        async with running_poller(clock, account, interval=5.0, prepare=changing(stays_at_99)) as watch:
            watch.line.latency = 2.4
            await clock.advance(280)
            looks = [asked.at for asked in watch.looks()]
            assert all(later - earlier < 5.0 + 2.5 for earlier, later in pairwise(looks)), looks
            assert too_close(watch) == []


@settings(max_examples=12)
@given(
    st.lists(st.tuples(st.floats(3, 300), st.integers(1, 3), st.booleans()), min_size=1, max_size=4),
    st.sampled_from([2.0, 5.0, 10.0, 30.0]),
    st.booleans(),
)
async def test_glances_keep_their_distance_and_looks_their_pace(
    works: list[tuple[float, int, bool]], interval: float, is_stuck: bool
) -> None:
    clock = TickingClock()
    account = Account(clock.server_now)
    for number, (work, urls, is_dcdn) in enumerate(works):
        add_tasks(account, [f"t{number}"], ago=0, queue=0.0, work=work, urls=urls, is_dcdn=is_dcdn)
    add_tasks(account, ["p"], "prefetch", **LONG)
    prepare = changing(stays_at_99) if is_stuck else lambda _line: None
    async with running_poller(clock, account, interval=interval, prepare=prepare) as watch:
        await clock.advance(299)
        looks = [asked.at for asked in watch.looks()]
        assert looks == pytest.approx([interval * n for n in range(1, len(looks) + 1)], abs=0.01)
        assert len(looks) == int(299 / interval)
        assert too_close(watch) == []
        assert len(glances(watch)) <= 12 * len(works)
        if not is_stuck:
            over = {f"t{number}" for number, (work, _, _) in enumerate(works) if work <= looks[-1]}
            assert over <= set(watch.settled())
            assert len(watch.settled()) == len(set(watch.settled()))


class TestKeep:
    """The task that somebody is looking at stays, also where the window has it no more."""

    KEY = TaskKey(REFRESH, "mine")

    @pytest.fixture(params=["refresh", "prefetch"])
    async def watch(self, clock: FakeClock, account: Account, request: pytest.FixtureRequest) -> Any:
        self.KEY = TaskKey(TaskKind(request.param), "mine")
        add_tasks(account, ["mine", "other"], request.param, ago=HOUR - 50)
        add_tasks(account, ["young"], request.param, ago=60)
        async with running_poller(clock, account, window=HOUR) as watch:
            await clock.advance(1)
            watch.poller.pin(self.KEY)
            await clock.advance(60)
            await passes(watch)
            yield watch

    async def test_it_stays_and_is_marked_and_others_go(self, watch: PollerHarness) -> None:
        assert watch.ids == {"mine", "young"}
        assert {task.task_id: task.is_outside for task in watch.store} == {"mine": True, "young": False}
        assert watch.removed() == ["other"]
        await passes(watch, 5)
        assert watch.store[self.KEY].is_outside
        assert watch.removed() == ["other"]

    @pytest.mark.parametrize("following", ["none", "young", "of the other kind", "unknown"])
    async def test_it_goes_at_once_when_another_is_looked_at(self, watch: PollerHarness, following: str) -> None:
        other_kind = PREFETCH if self.KEY.kind is REFRESH else REFRESH
        watch.poller.pin(
            {
                "none": None,
                "young": TaskKey(self.KEY.kind, "young"),
                "of the other kind": TaskKey(other_kind, "mine"),
                "unknown": TaskKey(self.KEY.kind, "unknown"),
            }[following]
        )
        assert watch.ids == {"young"}
        assert watch.changes()[-1].cause is Cause.RECONCILIATION
        assert [task.task_id for task in watch.changes()[-1].removed] == ["mine"]
        await passes(watch, 3)
        assert watch.removed() == ["other", "mine"]

    async def test_kept_again_it_stays(self, watch: PollerHarness) -> None:
        number = len(watch.updates)
        watch.poller.pin(self.KEY)
        assert self.KEY in watch.store
        assert len(watch.updates) == number

    async def test_while_paused_it_goes_too(self, watch: PollerHarness) -> None:
        watch.poller.pause()
        watch.poller.pin(None)
        assert watch.ids == {"young"}

    async def test_a_larger_window_has_it_back(self, clock: FakeClock, watch: PollerHarness) -> None:
        watch.poller.set_window(DAY)
        await clock.advance(3)
        assert {task.task_id: task.is_outside for task in watch.store} == {
            "mine": False,
            "young": False,
            "other": False,
        }
        watch.poller.pin(None)
        assert self.KEY in watch.store

    async def test_a_window_that_is_set_has_it_go(self, clock: FakeClock, watch: PollerHarness) -> None:
        watch.poller.set_window(HOUR / 2)
        await clock.advance(3)
        assert watch.ids == {"young"}

    async def test_so_it_does_where_the_same_window_is_set_again(self, clock: FakeClock, watch: PollerHarness) -> None:
        watch.poller.set_window(HOUR)
        await clock.advance(3)
        assert watch.ids == {"young"}

    async def test_a_task_that_the_window_has_again_is_as_any_other(
        self, clock: FakeClock, account: Account, watch: PollerHarness
    ) -> None:
        account.remove("mine")
        add_tasks(account, ["mine"], self.KEY.kind.value, ago=120)
        await passes(watch, 1)
        assert not watch.store[self.KEY].is_outside
        watch.poller.pin(None)
        assert self.KEY in watch.store
        await passes(watch, 3)
        assert self.KEY in watch.store


class TestKeepMore:
    async def test_one_that_is_in_the_window_goes_on_being_there(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["mine", "other"])
        async with running_poller(clock, account) as watch:
            await clock.advance(1)
            for key in (TaskKey(REFRESH, "mine"), TaskKey(REFRESH, "other"), None):
                watch.poller.pin(key)
                assert watch.ids == {"mine", "other"}

    async def test_an_active_one_is_followed_outside_and_its_end_told(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["mine"], ago=HOUR - 50, queue=0.0, work=HOUR + 150)
        add_tasks(account, ["w"], is_dcdn=True, ago=HOUR - 50, queue=0.0, work=HOUR + 150)
        async with running_poller(clock, account, window=HOUR) as watch:
            await clock.advance(1)
            watch.poller.pin(TaskKey(REFRESH, "w"))
            await clock.advance(60)
            await passes(watch)
            assert watch.ids == {"w"}
            await clock.advance(200)
            assert watch.status_of("w") == "success"
            assert watch.settled() == ["w"]
            assert watch.store[TaskKey(REFRESH, "w")].is_outside
            assert watch.store[TaskKey(REFRESH, "w")].is_dcdn

    async def test_one_that_the_api_has_forgotten_stays_as_it_was(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["mine"], **LONG)
        async with running_poller(clock, account) as watch:
            await clock.advance(1)
            watch.poller.pin(TaskKey(REFRESH, "mine"))
            account.remove("mine")
            await passes(watch, 3)
            assert watch.store[TaskKey(REFRESH, "mine")].is_outside
            watch.poller.pin(None)
            await passes(watch, 2)
            assert len(watch.store) == 0

    async def test_one_without_an_id_is_kept_as_well(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["mine"], ago=HOUR - 50, **LONG)
        anonymous = changing(lambda row: {**row, "TaskId": None})
        async with running_poller(clock, account, window=HOUR, prepare=anonymous) as watch:
            await clock.advance(1)
            (key,) = watch.store.keys()
            watch.poller.pin(key)
            await clock.advance(60)
            await passes(watch)
            assert watch.store[key].is_outside
            assert len(watch.store.urls(key)) == 2
            assert not any(asked.task_ids for asked in watch.asked())
            watch.poller.pin(None)
            assert len(watch.store) == 0

    async def test_let_go_after_one_pass_has_missed_it_it_goes_with_the_next(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["mine"], ago=HOUR - 50)
        async with running_poller(clock, account, window=HOUR) as watch:
            await clock.advance(1)
            watch.poller.pin(TaskKey(REFRESH, "mine"))
            await clock.advance(60)
            await passes(watch, 1)
            watch.poller.pin(None)
            assert watch.ids == {"mine"}, "nobody knows yet that it is gone"
            await passes(watch, 1)
            assert watch.ids == set()

    @pytest.mark.usefixtures("nothing_adapts")
    async def test_let_go_while_it_is_being_asked_for_it_does_not_come_back(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["mine"], ago=HOUR - 50, **LONG)
        async with running_poller(clock, account, window=HOUR) as watch:
            await clock.advance(1)
            watch.poller.pin(TaskKey(REFRESH, "mine"))
            await clock.advance(60)
            await passes(watch)
            assert watch.store[TaskKey(REFRESH, "mine")].is_outside
            watch.forget()
            watch.line.latency = 1.0
            while not by_id(watch):
                await clock.advance(0.1)
            watch.poller.pin(None)
            assert watch.ids == set()
            await clock.advance(3)
            assert watch.ids == set()


class TestExpectations:
    async def test_an_id_that_never_comes_is_given_up_after_ten_minutes(
        self, clock: FakeClock, account: Account
    ) -> None:
        async with running_poller(clock, account) as watch:
            await clock.advance(1)
            watch.poller.track(PREFETCH, "never")
            await clock.advance(TRACK_SECONDS - 21)
            assert by_id(watch, PREFETCH, since=TRACK_SECONDS - 60)
            await clock.advance(100)
            watch.forget()
            await clock.advance(1000)
            assert watch.asked(PREFETCH)
            assert by_id(watch, PREFETCH) == by_id(watch, REFRESH) == []

    async def test_one_that_comes_is_asked_for_no_more_once_it_is_over(
        self, clock: FakeClock, account: Account
    ) -> None:
        async with running_poller(clock, account) as watch:
            await clock.advance(1)
            watch.poller.track(REFRESH, "late")
            await clock.advance(100)
            add_tasks(account, ["late"], ago=2 * DAY)
            add_tasks(account, ["mine"], ago=0)
            watch.poller.track(REFRESH, "mine")
            await clock.advance(30)
            assert "mine" in watch.ids
            watch.forget()
            await clock.advance(200)
            assert {task_id for asked in by_id(watch) for task_id in asked.task_ids} == {"late"}, "out of the window"

    async def test_asked_for_again_it_has_ten_minutes_again(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as watch:
            await clock.advance(1)
            watch.poller.track(REFRESH, "never")
            await clock.advance(500)
            watch.poller.track(REFRESH, "never")
            await clock.advance(500)
            assert by_id(watch, since=950)

    async def test_a_server_that_ignores_task_ids_does_not_end_tracking(
        self, clock: FakeClock, account: Account
    ) -> None:
        """It also returns the tracked task when only another task is asked for, and that row is not used."""
        add_tasks(account, ["runs"], ago=2 * HOUR, **LONG)
        add_tasks(account, numbered("t", FEW + 1))

        def unlisted(asked: Asked, rows: list[Any]) -> list[Any]:
            return rows if asked.task_ids else [row for row in rows if row["TaskId"] != "mine"]

        quirks = Quirks(ignores=frozenset({"TaskId"}))
        async with running_poller(
            clock, account, quirks=quirks, prepare=lambda line: setattr(line, "rewrite", unlisted)
        ) as watch:
            await clock.advance(2)
            add_tasks(account, ["mine"], ago=0)
            watch.poller.track(REFRESH, "mine")
            await clock.advance(1)
            assert "mine" in watch.ids

    async def test_more_than_fit_into_a_call_all_come(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as watch:
            await clock.advance(30)
            ids = numbered("e", IDS_PER_CALL + 20)
            for task_id in ids:
                watch.poller.track(REFRESH, task_id)
            add_tasks(account, ids, ago=600)
            await clock.advance(2)
            assert watch.ids == set(ids)
            assert {changes.cause for changes in watch.changes() if changes.added} == {Cause.TRACKED}


class TestOddServers:
    """They cost more, and lead to the truth all the same; the log says once, for each kind, what they ignore."""

    @pytest.fixture(autouse=True)
    def _many_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fetcher_module, "FIRST_PAGE_SIZE", 10)

    @staticmethod
    async def live(clock: FakeClock, account: Account, **options: Any) -> PollerHarness:
        """PollerHarness for some minutes while tasks come and end."""
        add_tasks(account, numbered("t", 150), ago=5 * HOUR)
        add_tasks(account, numbered("r", 30), ago=6 * HOUR, queue=0.0, work=6 * HOUR + 90)
        add_tasks(account, numbered("out", 5), ago=30 * HOUR)
        for number in range(30):
            account.add(
                "refresh",
                ["https://a.example/"],
                task_id=f"n{number}",
                created=START + 12 + number * 3,
                queue=0.0,
                work=10.0 + number,
            )
        async with running_poller(clock, account, **options) as watch:
            await clock.advance(1)
            for _ in range(12):
                await clock.advance(10)
                fresh = {plan.task_id for plan in account.tasks("refresh", begin=clock.server_now() - 6)}
                assert {key.id for key in account_state(account)} - fresh <= watch.ids, (
                    "within an interval all are there"
                )
            await clock.advance(60)
            await passes(watch, 2)
            quirks = options.get("quirks") or Quirks()
            window = START if "BeginTime" in quirks.ignores else DAY
            assert stored_state(watch.store) == account_state(account, window)
            assert len(watch.settled()) == len(set(watch.settled()))
            assert {f"n{n}" for n in range(30)} | set(numbered("r", 30)) == set(watch.settled())
            assert watch.removed() == []
            assert len(added(watch)) == len(set(added(watch)))
        return watch

    @pytest.mark.parametrize("name", ["TaskId", "Status", "Limit", "BeginTime"])
    async def test_what_is_ignored_is_logged_once(
        self, clock: FakeClock, account: Account, caplog: pytest.LogCaptureFixture, name: str
    ) -> None:
        caplog.set_level(logging.WARNING)
        watch = await self.live(clock, account, quirks=Quirks(ignores=frozenset({name})))
        messages = [record.getMessage() for record in caplog.records]
        assert [message for message in messages if message.startswith(f"refresh: the API ignores {name};")] == messages
        # Where active tasks come along with what is new, nothing may ever have been asked for by id.
        assert len(messages) == 1 or (name == "TaskId" and not by_id(watch))

    async def test_one_that_ignores_offset_is_logged_too(
        self, clock: FakeClock, account: Account, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING)
        add_tasks(account, numbered("t", 500))
        async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"Offset"}))) as watch:
            await clock.advance(700)
            assert watch.removed() == []
        assert [record.getMessage() for record in caplog.records if "ignores Offset" in record.getMessage()]

    @pytest.mark.parametrize("cap", [1, 7, 10, 50])
    async def test_capped_pages(self, clock: FakeClock, account: Account, cap: int) -> None:
        await self.live(clock, account, quirks=Quirks(page_cap=cap))

    @pytest.mark.parametrize("ignores", ["TaskId", "Status", "Limit", "BeginTime", "EndTime"])
    async def test_capped_pages_and_more(self, clock: FakeClock, account: Account, ignores: str) -> None:
        await self.live(clock, account, quirks=Quirks(page_cap=20, ignores=frozenset({ignores})))

    async def test_any_order_within_a_page(self, clock: FakeClock, account: Account) -> None:
        random = Random(7)

        def prepare(line: ScriptedTransport) -> None:
            line.rewrite = lambda _asked, rows: random.sample(rows, len(rows))

        await self.live(clock, account, prepare=prepare)

    async def test_any_order_of_the_whole_list(
        self, clock: FakeClock, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of a list longer than a page nothing can be known, as no two pages fit together; here it fits."""
        monkeypatch.setattr(fetcher_module, "FIRST_PAGE_SIZE", 1000)
        random, real = Random(7), Service._matching

        def shuffled(self: Service, *args: Any) -> Any:
            plans = real(self, *args)
            return random.sample(plans, len(plans))

        monkeypatch.setattr(Service, "_matching", shuffled)
        await self.live(clock, account)

    async def test_a_cap_on_lists_alone_hides_nothing_new(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("r", 60), ago=10 * HOUR, **LONG)
        add_tasks(account, numbered("t", FEW + 1), ago=HOUR)

        def cap(asked: Asked, rows: list[Any]) -> list[Any]:
            return rows if asked.task_ids else rows[:6]

        async with running_poller(clock, account, prepare=lambda line: setattr(line, "rewrite", cap)) as watch:
            await clock.advance(17)
            assert by_id(watch)
            add_tasks(account, numbered("new", 20), ago=0, **LONG)
            await clock.advance(5)
            assert watch.ids >= set(numbered("new", 20))

    async def test_a_limit_that_is_refused_is_asked_for_no_more(
        self, clock: FakeClock, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetcher_module, "_DECODE_SECONDS", 1e6)
        add_tasks(account, numbered("t", 300))

        def refuse(line: ScriptedTransport) -> None:
            line.trouble = lambda asked: refusal(230) if int(asked.params.get("Limit", "0")) > 100 else None

        async with running_poller(clock, account, prepare=refuse) as watch:
            await clock.advance(1000)
            assert watch.state().error is None
            assert stored_state(watch.store) == account_state(account)


class TestPageSize:
    @pytest.fixture(autouse=True)
    def _decoding_takes_no_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fetcher_module, "_DECODE_SECONDS", 1e6)

    async def test_pages_grow_while_they_are_decoded_quickly(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 2000), urls=1)
        async with running_poller(clock, account) as watch:
            await clock.advance(1)
            pages = [asked for asked in watch.asked(REFRESH) if asked.is_list and not asked.is_dcdn]
            assert [int(asked.params["Limit"]) for asked in pages] == [100, 200, 400, 800, 1000, 1000]
            assert [asked.offset for asked in pages] == [0, 100, 300, 700, 1500, 2000]
            assert stored_state(watch.store) == account_state(account)

    async def test_timeouts_halve_them_and_then_they_grow_again(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 1500), urls=1)
        slow = True

        def trouble(asked: Asked) -> Exception | None:
            return httpx.ReadTimeout("slow") if slow and int(asked.params.get("Limit", "0")) > 30 else None

        async with running_poller(clock, account, prepare=lambda line: setattr(line, "trouble", trouble)) as watch:
            await clock.advance(900)
            limits = [int(asked.params["Limit"]) for asked in watch.asked(REFRESH) if asked.is_list]
            assert limits[:3] == [100, 50, 25]
            assert len(watch.store) > 25, "small pages get through"
            slow = False
            watch.forget()
            for _ in range(3):
                watch.poller.refresh()
                await clock.advance(60)
            assert stored_state(watch.store) == account_state(account)
            assert max(int(asked.params["Limit"]) for asked in watch.asked(REFRESH) if asked.is_list) == 1000

    async def test_pages_that_take_long_shrink_and_nothing_is_lost(
        self, clock: FakeClock, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetcher_module, "_DECODE_SECONDS", 1e-12)
        add_tasks(account, numbered("t", 230), urls=1)
        async with running_poller(clock, account) as watch:
            await clock.advance(1)
            pages = [asked for asked in watch.asked(REFRESH) if asked.is_list and not asked.is_dcdn]
            assert [asked.offset for asked in pages][:5] == [0, 100, 150, 175, 187]
            assert stored_state(watch.store) == account_state(account)
