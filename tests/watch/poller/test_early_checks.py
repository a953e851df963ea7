"""Early checks: a task that should have finished is asked for between two polls."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.clock import FakeClock, TickingClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.watch.poll.incremental import OVERLAP
from watch.harness import running_poller
from watch.tasks import HOUR, LONG_RUNNING, REFRESH, SPARE_TASKS, START, add_tasks, numbered
from watch.transport import failing_between, refusal, rewriting_rows, stays_at_99


class TestEarlyChecks:
    """Between two polls, a task that is predicted to have finished is asked for."""

    async def test_the_end_of_a_task_is_shown_before_the_next_poll(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0) as harness:
            await clock.advance(98)
            assert harness.early_checks() == []
            await clock.advance(5)
            assert harness.status_of("ends") == "success"
            assert harness.ended() == ["ends"]
            assert 1 <= len(harness.early_checks()) <= 3
            assert {tuple(request.task_ids) for request in harness.queries_by_id()} == {("ends",)}
            assert [request.at for request in harness.polls()] == [30, 60, 90]

    async def test_only_the_predicted_task_is_asked_for(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        add_tasks(account, ["runs", "runs too"], ago=0, **LONG_RUNNING)
        add_tasks(account, ["w"], ago=0, is_dcdn=True, **LONG_RUNNING)
        add_tasks(account, ["p"], "prefetch", ago=0, **LONG_RUNNING)
        async with running_poller(clock, account, interval=30.0) as harness:
            await clock.advance(115)
            assert harness.ended() == ["ends"]
            assert {
                (request.kind, request.is_dcdn, *request.task_ids) for request in harness.requests() if request.task_ids
            } == {(REFRESH, False, "ends")}

    async def test_a_whole_site_task_is_checked_in_its_own_scope(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["w"], ago=0, is_dcdn=True, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0) as harness:
            await clock.advance(105)
            assert harness.ended() == ["w"]
            assert {request.is_dcdn for request in harness.queries_by_id()} == {True}

    async def test_an_early_check_does_not_make_the_data_fresher(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        add_tasks(account, ["runs"], ago=0, **LONG_RUNNING)
        async with running_poller(clock, account, interval=30.0) as harness:
            await clock.advance(91)
            before = harness.state()
            await clock.advance(15)
            assert harness.early_checks()
            assert (
                (harness.state().answered, harness.state().poll_due) == (before.answered, before.poll_due) == (90, 120)
            )

    async def test_an_early_check_does_not_replace_a_poll(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        add_tasks(account, ["runs"], ago=0, **LONG_RUNNING)
        async with running_poller(clock, account, interval=30.0) as harness:
            await clock.advance(119)
            assert harness.early_checks()
            harness.clear()
            await clock.advance(1)
            assert [request.at for request in harness.polls()] == [120]
            assert harness.polls()[0].begin <= START + 90 - OVERLAP

    async def test_a_task_stuck_at_99_per_cent_is_checked_a_few_times_only(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["stuck"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0, rewrite=rewriting_rows(stays_at_99)) as harness:
            await clock.advance(1000)
            assert 2 <= len(harness.early_checks()) <= 12
            assert len(harness.polls()) >= 30, "regular polls continue"
            harness.clear()
            await clock.advance(3000)
            assert harness.early_checks() == []

    async def test_a_pause_stops_early_checks(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0) as harness:
            await clock.advance(91)
            harness.poller.pause()
            harness.clear()
            await clock.advance(300)
            assert harness.requests() == []

    async def test_a_fault_stops_early_checks(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        add_tasks(account, ["p"], "prefetch", ago=0, **LONG_RUNNING)
        async with running_poller(clock, account, interval=30.0, random=Random(3)) as harness:
            await clock.advance(61)
            harness.transport.failure = failing_between(62, 140)
            harness.clear()
            await clock.advance(70)
            assert harness.requests(REFRESH)
            assert harness.queries_by_id() == []

    async def test_refused_keys_stop_early_checks(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0) as harness:
            await clock.advance(89)
            harness.transport.failure = lambda _request: refusal(171)
            await clock.advance(5)
            harness.clear()
            await clock.advance(300)
            assert harness.requests() == []

    async def test_a_rate_limit_stops_early_checks(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0) as harness:
            await clock.advance(59)
            harness.transport.failure = failing_between(60, 60.5, lambda: refusal(153))
            await clock.advance(60)
            assert harness.state().error is None
            assert harness.early_checks() == []

    async def test_a_failed_early_check_is_a_fault(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account, interval=30.0) as harness:
            harness.transport.failure = lambda request: refusal(153) if request.task_ids else None
            await clock.advance(99.9)
            assert len(harness.queries_by_id()) == 1
            assert harness.state().error is not None
            assert harness.poller.state.delay == 60, "slowed down"
            await clock.advance(10)
            assert harness.status_of("ends") == "success", "found by the poll that follows a fault"
            assert harness.state().error is None

    async def test_a_task_without_an_id_is_not_asked_for_by_id(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        anonymous = rewriting_rows(lambda row: {**row, "TaskId": None})
        async with running_poller(clock, account, interval=30.0, rewrite=anonymous) as harness:
            await clock.advance(115)
            assert len(harness.polls()) == 3
            assert [request.task_ids for request in harness.requests() if request.task_ids] == []

    async def test_after_a_pause_no_early_check_precedes_a_poll_closely(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        add_tasks(account, ["runs"], ago=0, **LONG_RUNNING)
        async with running_poller(clock, account, interval=30.0) as harness:
            await clock.advance(91)
            harness.poller.pause()
            await clock.advance(28.5)
            harness.poller.pause(False)
            harness.clear()
            await clock.advance(2)
            assert sorted({request.at for request in harness.requests(REFRESH)}) == [120]

    async def test_a_shorter_interval_keeps_polls_a_second_after_early_checks(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=100.0, urls=1)
        add_tasks(account, ["runs"], ago=0, **LONG_RUNNING)
        async with running_poller(clock, account, interval=30.0) as harness:
            await clock.advance(99)
            while not harness.early_checks():
                await clock.advance(0.1)
            (check,) = harness.early_checks()
            harness.poller.set_interval(2.0)
            await clock.advance(3)
            later = [request.at for request in harness.requests(REFRESH) if request.at > check]
            assert later[0] >= check + 0.999

    async def test_a_poll_counts_as_an_early_check_of_the_tasks_that_are_due(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["stuck"], ago=0, queue=0.0, work=2000.0, urls=1)
        rewrite = rewriting_rows(stays_at_99)
        async with running_poller(clock, account, interval=30.0, rewrite=rewrite) as harness:
            await clock.advance(1985)  # the end is predicted for 1990, and a check is repeated after 5 s
            harness.poller.pause()
            await clock.advance(7)
            harness.poller.refresh()
            await clock.advance(0.5)
            harness.poller.pause(False)
            harness.clear()
            await clock.advance(4)
            assert harness.requests(REFRESH) == []
            await clock.advance(1)
            assert len(harness.early_checks()) == 1

    async def test_a_full_scan_is_at_least_a_second_after_an_early_check(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["ends"], ago=0, queue=0.0, work=300.0, urls=1)
        async with running_poller(clock, account, interval=70.0) as harness:
            await clock.advance(303)
            assert harness.early_checks()
            assert harness.too_close() == []

    async def test_early_checks_do_not_delay_slow_polls(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["stuck"], ago=0, queue=0.0, work=40.0, urls=1)
        add_tasks(account, ["runs"], ago=HOUR, **LONG_RUNNING)
        add_tasks(account, numbered("t", SPARE_TASKS + 1), ago=HOUR / 2)
        async with running_poller(clock, account, interval=5.0, rewrite=rewriting_rows(stays_at_99)) as harness:
            harness.transport.latency = 2.4
            await clock.advance(280)
            polls = [request.at for request in harness.polls()]
            assert all(later - earlier < 5.0 + 2.5 for earlier, later in pairwise(polls)), polls
            assert harness.too_close() == []


@settings(max_examples=12)
@given(
    st.lists(st.tuples(st.floats(3, 300), st.integers(1, 3), st.booleans()), min_size=1, max_size=4),
    st.sampled_from([2.0, 5.0, 10.0, 30.0]),
    st.booleans(),
)
async def test_early_checks_never_delay_polls(
    works: list[tuple[float, int, bool]], interval: float, is_stuck: bool
) -> None:
    clock = TickingClock()
    account = Account(clock.server_now)
    for number, (work, urls, is_dcdn) in enumerate(works):
        add_tasks(account, [f"t{number}"], ago=0, queue=0.0, work=work, urls=urls, is_dcdn=is_dcdn)
    add_tasks(account, ["p"], "prefetch", **LONG_RUNNING)
    rewrite = rewriting_rows(stays_at_99) if is_stuck else None
    async with running_poller(clock, account, interval=interval, rewrite=rewrite) as harness:
        await clock.advance(299)
        polls = [request.at for request in harness.polls()]
        assert polls == pytest.approx([interval * n for n in range(1, len(polls) + 1)], abs=0.01)
        assert len(polls) == int(299 / interval)
        assert harness.too_close() == []
        assert len(harness.early_checks()) <= 12 * len(works)
        if not is_stuck:
            over = {f"t{number}" for number, (work, _, _) in enumerate(works) if work <= polls[-1]}
            assert over <= set(harness.ended())
            assert len(harness.ended()) == len(set(harness.ended()))
