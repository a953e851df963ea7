"""Tasks created, ended or deleted between two pages: no task is lost, doubled or wrongly removed."""

from itertools import count
from random import Random

import pytest

from support.clock import FakeClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks
from watch.harness import PollerHarness, running_poller
from watch.tasks import REFRESH, account_state, add_tasks, numbered, stored_state
from watch.transport import Request

SERVERS = [
    pytest.param(Quirks(page_cap=5), id="newest first"),
    pytest.param(Quirks(page_cap=5, oldest_first=True), id="oldest first"),
]


async def reconciled(harness: PollerHarness) -> None:
    """Run two full scans without further changes."""
    harness.transport.before_answer = lambda _request: None
    for _ in range(2):
        harness.poller.refresh()
        await harness.clock.advance(20)
    assert not harness.loading


@pytest.mark.parametrize("quirks", SERVERS)
async def test_tasks_created_between_two_pages_are_found(clock: FakeClock, account: Account, quirks: Quirks) -> None:
    add_tasks(account, numbered("t", 32))
    number = count()

    def arrive(request: Request) -> None:
        if request.is_list:
            add_tasks(account, [f"new{next(number)}", f"new{next(number)}"], ago=0, queue=0.0, work=3.0)

    async with running_poller(clock, account, quirks=quirks) as harness:
        harness.transport.before_answer, harness.transport.latency = arrive, 0.2
        await clock.advance(4)
        assert harness.ids >= set(numbered("t", 32))
        await clock.advance(20)
        harness.transport.before_answer = lambda _request: None
        await clock.advance(20)
        assert next(number) > 40
        assert stored_state(harness.store) == account_state(account)
        await reconciled(harness)
        assert stored_state(harness.store) == account_state(account)
        assert harness.removed() == []
        assert len(harness.ended()) == len(set(harness.ended()))


@pytest.mark.parametrize("every_page", [False, True])
async def test_a_task_created_between_two_pages_logs_no_warning(
    clock: FakeClock, account: Account, caplog: pytest.LogCaptureFixture, every_page: bool
) -> None:
    add_tasks(account, numbered("t", 5))
    number = count()

    def arrive(request: Request) -> None:
        if request.is_list and not request.is_dcdn and request.kind is REFRESH and (request.offset == 5 or every_page):
            add_tasks(account, [f"new{next(number)}"], ago=0)

    async with running_poller(clock, account) as harness:
        harness.transport.before_answer = arrive
        await clock.advance(20)
        await reconciled(harness)
        assert next(number) > 0
        assert stored_state(harness.store) == account_state(account)
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize("quirks", SERVERS)
async def test_tasks_that_end_between_two_pages_end_once(clock: FakeClock, account: Account, quirks: Quirks) -> None:
    for number, task_id in enumerate(numbered("t", 32)):
        add_tasks(account, [task_id], ago=100.0 + number, queue=0.0, work=100.0 + number + 0.1 * (37 * number % 32))
    async with running_poller(clock, account, quirks=quirks) as harness:
        harness.transport.latency = 0.2
        await clock.advance(3)
        assert harness.ids == set(numbered("t", 32))
        await clock.advance(17)
        assert stored_state(harness.store) == account_state(account)
        assert {status for status, _, _ in stored_state(harness.store).values()} == {"success"}
        seen_running = {task.task_id for changes in harness.changes() for task, _ in changes.changed}
        assert set(harness.ended()) == seen_running
        assert len(harness.ended()) == len(seen_running)


@pytest.mark.parametrize("quirks", SERVERS)
@pytest.mark.parametrize("page", [1, 2, 4])
async def test_a_task_deleted_during_a_load_hides_another_until_the_next_scan(
    clock: FakeClock, account: Account, quirks: Quirks, page: int
) -> None:
    add_tasks(account, numbered("t", 32))

    def go(request: Request) -> None:
        if request.is_list and request.offset == 5 * page and not request.is_dcdn:
            account.remove("t0030" if quirks.oldest_first else "t0001")
            harness.transport.before_answer = lambda _request: None

    async with running_poller(clock, account, quirks=quirks) as harness:
        harness.transport.before_answer, harness.transport.latency = go, 0.2
        await clock.advance(4)
        assert len(account_state(account)) == 31
        assert len(harness.ids) == 31, "with the deleted task, without the one that moved to its place"
        await reconciled(harness)
        assert stored_state(harness.store) == account_state(account)
        assert harness.removed() == ["t0030" if quirks.oldest_first else "t0001"]


@pytest.mark.parametrize("quirks", SERVERS)
async def test_a_task_deleted_during_a_full_scan_removes_no_other(
    clock: FakeClock, account: Account, quirks: Quirks
) -> None:
    add_tasks(account, numbered("t", 32))
    leaving = iter(["t0003", "t0028"] if not quirks.oldest_first else ["t0028", "t0003"])

    def go(request: Request) -> None:
        if request.is_list and request.offset == 10 and (task_id := next(leaving, None)):
            account.remove(task_id)

    async with running_poller(clock, account, quirks=quirks) as harness:
        await clock.advance(0)
        harness.transport.before_answer, harness.transport.latency = go, 0.2
        for _ in range(2):
            harness.poller.refresh()
            await clock.advance(4)
        await reconciled(harness)
        assert stored_state(harness.store) == account_state(account)
        assert sorted(harness.removed()) == ["t0003", "t0028"]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("quirks", SERVERS)
async def test_random_changes_between_pages_end_with_the_right_tasks(
    clock: FakeClock, account: Account, quirks: Quirks, seed: int
) -> None:
    random, number = Random(seed), count()
    add_tasks(account, numbered("t", random.randrange(40)), ago=30, queue=5.0, work=40.0)
    add_tasks(account, numbered("p", random.randrange(15)), "prefetch")
    add_tasks(account, numbered("w", random.randrange(8)), is_dcdn=True)

    def happen(_request: Request) -> None:
        if random.random() < 0.2:
            kind = random.choice(["refresh", "prefetch"])
            add_tasks(account, [f"new{next(number)}"], kind, ago=0, queue=1.0, work=random.uniform(0, 20))
        if random.random() < 0.1 and (there := [key.id for key in account_state(account)]):
            account.remove(random.choice(there))

    async with running_poller(clock, account, quirks=quirks) as harness:
        harness.transport.before_answer, harness.transport.latency = happen, 0.1
        for _ in range(4):
            await clock.advance(random.uniform(1, 15))
            harness.poller.refresh()
        await clock.advance(30)
        await reconciled(harness)
        await reconciled(harness)
        assert stored_state(harness.store) == account_state(account)
