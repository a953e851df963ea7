"""Servers that differ from the documentation: no task is lost, doubled or wrongly removed."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.clock import FakeClock, TickingClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks
from watch.harness import PollerHarness, running_poller
from watch.tasks import DAY, HOUR, LONG_RUNNING, REFRESH, START, account_state, add_tasks, numbered, stored_state
from watch.transport import Request

ODDITIES = {
    "as documented": Quirks(),
    "pages of 50": Quirks(page_cap=50),
    "pages of 1": Quirks(page_cap=1),
    "Limit ignored": Quirks(ignores=frozenset({"Limit"})),
    "TotalCount counts URLs": Quirks(total_count="urls"),
    "no TotalCount": Quirks(total_count="absent"),
    "oldest first": Quirks(oldest_first=True),
    "oldest first, pages of 50": Quirks(oldest_first=True, page_cap=50),
    "TaskId ignored": Quirks(ignores=frozenset({"TaskId"})),
    "TaskId ignored, pages of 50": Quirks(ignores=frozenset({"TaskId"}), page_cap=50),
    "Status ignored": Quirks(ignores=frozenset({"Status"})),
    "BeginTime ignored": Quirks(ignores=frozenset({"BeginTime"})),
    "EndTime ignored": Quirks(ignores=frozenset({"EndTime"})),
    "no window for TaskIds": Quirks(window_narrows_task_ids=False),
}


def everything(account: Account) -> dict[Any, Any]:
    """Return the state of all tasks, inside or outside a window."""
    return account_state(account, window=START)


async def live_through(harness: PollerHarness, account: Account, gone: list[str]) -> None:
    """Load, poll and reconcile while tasks are created, ended and deleted; check the store throughout."""
    clock = harness.clock
    await clock.advance(0)
    assert stored_state(harness.store) == account_state(account)
    for number in range(3):
        add_tasks(account, [f"new{number}"], ago=0, queue=1.0, work=30.0)
        add_tasks(account, [f"brief{number}"], "prefetch", ago=0, queue=0.0, work=2.0)
        await clock.advance(5)
        assert stored_state(harness.store) == account_state(account)
    for task_id in gone:
        account.remove(task_id)
    await clock.advance(35)
    assert sorted(harness.ended()) == ["brief0", "brief1", "brief2", "new0", "new1", "new2"]
    assert stored_state(harness.store).items() >= account_state(account).items()
    for _ in range(2):
        harness.poller.refresh()
        await clock.advance(5)
    assert stored_state(harness.store) == account_state(account)
    assert harness.removed() == gone
    assert len(harness.ended()) == 6


def populate(account: Account, count: int) -> None:
    add_tasks(account, numbered("old", count), ago=3 * HOUR)
    add_tasks(account, ["runs", "runs2"], ago=4 * HOUR, **LONG_RUNNING)
    add_tasks(account, ["p"], "prefetch", **LONG_RUNNING)
    add_tasks(account, ["w", "w2"], is_dcdn=True)
    add_tasks(account, ["w3"], is_dcdn=True, **LONG_RUNNING)


@pytest.mark.parametrize("quirks", ODDITIES.values(), ids=ODDITIES)
async def test_an_odd_server_is_watched_like_any_other(clock: FakeClock, account: Account, quirks: Quirks) -> None:
    populate(account, 20 if quirks.page_cap == 1 else 110)
    async with running_poller(clock, account, quirks=quirks) as harness:
        await live_through(harness, account, gone=["old0000"])


async def test_a_server_that_ignores_offset_is_watched_and_logged(
    clock: FakeClock, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    populate(account, 60)
    async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"Offset"}))) as harness:
        await live_through(harness, account, gone=["old0000"])
    assert caplog.text.count("refresh: the API ignores Offset") == 1


async def test_a_server_that_ignores_is_dcdn_has_no_whole_site_tasks(clock: FakeClock, account: Account) -> None:
    populate(account, 110)
    async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"IsDcdn"})), interval=60.0) as harness:
        await clock.advance(700)
        assert stored_state(harness.store).keys() == account_state(account).keys()
        assert not any(task.is_dcdn for task in harness.store)
        assert harness.removed() == []
        assert not any(request.is_dcdn for request in harness.requests(since=1) if not request.is_list)


async def test_tasks_before_the_window_stay_if_begin_time_is_ignored(clock: FakeClock, account: Account) -> None:
    """The window is what the API returns, never a comparison with CreateTime."""
    add_tasks(account, ["ancient"], ago=400 * DAY)
    add_tasks(account, ["recent"])
    async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"BeginTime"}))) as harness:
        await clock.advance(1000)
        assert stored_state(harness.store) == everything(account)
        assert harness.ended() == []


async def test_an_absurd_create_time_does_not_hide_later_tasks(clock: FakeClock, account: Account) -> None:
    add_tasks(account, ["absurd", "runs"], **LONG_RUNNING)

    def age(request: Any, rows: list[Any]) -> list[Any]:
        return [{**row, "CreateTime": 10**12} if row["TaskId"] == "absurd" else row for row in rows]

    async with running_poller(clock, account, rewrite=age) as harness:
        await clock.advance(7)
        add_tasks(account, ["new"], ago=0)
        await clock.advance(3)
        assert harness.ids == {"absurd", "runs", "new"}
        await clock.advance(700)
        assert harness.ids == {"absurd", "runs", "new"}


async def test_one_empty_answer_by_id_does_not_end_asking_a_server_with_page_cap(
    clock: FakeClock, account: Account
) -> None:
    add_tasks(account, ["runs", "runs2"], **LONG_RUNNING)
    add_tasks(account, ["ends"], ago=2 * HOUR, queue=0.0, work=2 * HOUR + 12)
    async with running_poller(clock, account, quirks=Quirks(page_cap=2)) as harness:
        harness.transport.rewrite = lambda request, rows: [] if request.task_ids and request.at == 5 else rows
        await clock.advance(15)
        assert harness.ended() == ["ends"]


@pytest.mark.usefixtures("fixed_batch_sizes")
async def test_an_answer_by_id_resets_the_count_of_missing_answers(clock: FakeClock, account: Account) -> None:
    add_tasks(account, ["late", "other"], **LONG_RUNNING)

    def rewrite(request: Request, rows: list[Any]) -> list[Any]:
        hidden = request.at < 15 or (request.at == 20 and len(request.task_ids) == 2)
        return [row for row in rows if row["TaskId"] != "late"] if request.task_ids and hidden else rows

    async with running_poller(clock, account, rewrite=rewrite) as harness:
        await clock.advance(20)
        queries = [(request.at, request.task_ids) for request in harness.queries_by_id(since=10)]
        assert queries == [
            *[(10, ["late", "other"]), (10, ["late"])],
            (15, ["late", "other"]),
            *[(20, ["late", "other"]), (20, ["late"])],
        ], "the answer at 20 may have been cut off"


class TestOffsetIgnored:
    """Such a server returns its first page only; tasks that are not on it may still exist."""

    async def test_tasks_pushed_off_the_page_by_newer_ones_stay(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("old", 90))
        async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"Offset"}))) as harness:
            await clock.advance(0)
            assert len(harness.store) == 90
            add_tasks(account, numbered("new", 30), ago=0)
            await clock.advance(1000)
            assert len(harness.full_scans()) > 3
            assert stored_state(harness.store).keys() == account_state(account).keys()
            assert harness.removed() == []

    async def test_active_tasks_beyond_the_first_page_are_polled_by_id(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, numbered("t", 150))
        add_tasks(account, ["runs"], ago=2 * HOUR, queue=0.0, work=2 * HOUR + 30)
        async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"Offset"}))) as harness:
            await clock.advance(0)
            assert harness.status_of("runs") == "process", "found by the query by status"
            await clock.advance(30)
            assert harness.status_of("runs") == "success"
            assert harness.ended() == ["runs"]


IGNORED = st.sets(
    st.sampled_from(["Limit", "Offset", "TaskId", "Status", "BeginTime", "EndTime", "IsDcdn"]), max_size=4
)
ANY_QUIRKS = st.builds(
    lambda ignores, cap, total, oldest_first, narrow: Quirks(
        ignores=frozenset(ignores),
        page_cap=None if "Offset" in ignores else cap,  # with both, only the first page could be read
        total_count=total,
        oldest_first=oldest_first,
        window_narrows_task_ids=narrow,
    ),
    IGNORED,
    st.none() | st.integers(1, 6),
    st.sampled_from(["tasks", "urls", "absent"]),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=20)
@given(ANY_QUIRKS, st.integers(0, 12), st.integers(0, 3), st.integers(0, 3))
async def test_any_combination_of_quirks_ends_with_the_right_tasks(
    quirks: Quirks, old: int, active: int, dcdn: int
) -> None:
    clock = TickingClock()
    account = Account(clock.server_now)
    add_tasks(account, numbered("old", old))
    add_tasks(account, numbered("ends", active), ago=20, queue=0.0, work=60.0)
    add_tasks(account, numbered("w", dcdn), ago=30, is_dcdn=True, queue=0.0, work=70.0)
    async with running_poller(clock, account, quirks=quirks) as harness:
        await clock.advance(3)
        add_tasks(account, ["new"], ago=0, queue=0.0, work=20.0)
        assert stored_state(harness.store).keys() == account_state(account).keys() - {(REFRESH, "new")}
        await clock.advance(20)
        assert "new" in harness.ids
        await clock.advance(60)
        for _ in range(2):
            harness.poller.refresh()
            await clock.advance(2)
        right = account_state(account)
        marks = {key: mark and "IsDcdn" not in quirks.ignores for key, (_, mark, _) in right.items()}
        assert stored_state(harness.store) == {
            key: (status, marks[key], urls) for key, (status, _, urls) in right.items()
        }
        assert harness.removed() == []
        assert len(harness.ended()) == len(set(harness.ended()))
