"""The age of the oldest active task, which freshness shows."""

from typing import Any

import httpx
import pytest

from support.clock import FakeClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks
from ucdn_tui.watch.freshness import freshness_of
from watch.harness import PollerHarness, running_poller
from watch.tasks import HOUR, LONG_RUNNING, PREFETCH, REFRESH, add_tasks, numbered
from watch.transport import Failure, Request

pytestmark = pytest.mark.usefixtures("fixed_batch_sizes")


def ages(harness: PollerHarness) -> tuple[int, int]:
    """Return the age that is shown, and that of the oldest active task, in whole seconds."""
    freshness = freshness_of(harness.poller.state, harness.clock.elapsed())
    assert freshness.age is not None
    assert freshness.oldest is not None
    return round(freshness.age), round(freshness.oldest)


async def test_each_answer_confirms_the_tasks_in_it(clock: FakeClock, account: Account) -> None:
    add_tasks(account, numbered("r", 240), ago=2 * HOUR, **LONG_RUNNING)
    async with running_poller(clock, account) as harness:
        harness.transport.latency = 1.0
        await clock.advance(60)
        for _ in range(20):
            await clock.advance(1)
            age, oldest = ages(harness)
            assert age is not None
            assert age == oldest
            assert age <= 10


async def test_a_task_that_answers_leave_out_has_its_own_age(clock: FakeClock, account: Account) -> None:
    add_tasks(account, ["stays", "hidden"], ago=2 * HOUR, **LONG_RUNNING)

    def hide(request: Request, rows: list[Any]) -> list[Any]:
        return [row for row in rows if not request.task_ids or row["TaskId"] != "hidden"]

    async with running_poller(clock, account) as harness:
        await clock.advance(100)
        harness.transport.rewrite = hide
        await clock.advance(200)
        age, oldest = ages(harness)
        assert age == 0
        assert oldest is not None
        assert 150 < oldest < 200, "two full scans have listed it"


async def test_pages_of_a_scan_do_not_confirm_other_tasks(clock: FakeClock, account: Account) -> None:
    """All polls fail, and pages of a full scan come in between."""
    add_tasks(account, numbered("t", 60), ago=HOUR)
    add_tasks(account, ["runs"], ago=2 * HOUR, **LONG_RUNNING)

    def failure(request: Request) -> Failure:
        is_last = request.is_list and request.offset > 0
        return httpx.Response(503) if request.at > 10 and (request.task_ids or is_last) else None

    async with running_poller(clock, account, quirks=Quirks(page_cap=10), failure=failure) as harness:
        await clock.advance(10)
        harness.poller.refresh()
        await clock.advance(100)
        assert ages(harness)[1] == 100


async def test_settled_and_removed_tasks_have_no_age(clock: FakeClock, account: Account) -> None:
    add_tasks(account, ["ends"], ago=0, queue=0.0, work=20.0)
    add_tasks(account, ["goes"], "prefetch", **LONG_RUNNING)
    async with running_poller(clock, account) as harness:
        await clock.advance(10)
        assert harness.state(REFRESH).oldest == harness.state(PREFETCH).oldest == 10
        account.remove("goes")
        await clock.advance(60)
        assert harness.state(REFRESH).oldest is harness.state(PREFETCH).oldest is None
        assert harness.ids == {"ends"}
