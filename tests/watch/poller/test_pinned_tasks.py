"""A pinned task stays in the store after it has left the window."""

from typing import Any

import pytest

from support.clock import FakeClock
from ucdn_tui.api.models import TaskKey, TaskKind
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import Kind
from ucdn_tui.watch.store import Cause
from watch.harness import PollerHarness, running_poller
from watch.tasks import DAY, HOUR, LONG_RUNNING, PREFETCH, REFRESH, add_tasks
from watch.transport import rewriting_rows


class TestOutsideTheWindow:
    """A selected task stays in the store although the window no longer includes it."""

    KEY = TaskKey(REFRESH, "mine")

    @pytest.fixture(params=["refresh", "prefetch"])
    async def harness(self, clock: FakeClock, account: Account, request: pytest.FixtureRequest) -> Any:
        self.KEY = TaskKey(TaskKind(request.param), "mine")
        add_tasks(account, ["mine", "other"], request.param, ago=HOUR - 50)
        add_tasks(account, ["young"], request.param, ago=60)
        async with running_poller(clock, account, window=HOUR) as harness:
            await clock.advance(1)
            harness.poller.pin(self.KEY)
            await clock.advance(60)
            await harness.run_full_scans()
            yield harness

    async def test_a_pinned_task_stays_outside_while_others_are_removed(self, harness: PollerHarness) -> None:
        assert harness.ids == {"mine", "young"}
        assert {task.task_id: task.is_outside for task in harness.store} == {"mine": True, "young": False}
        assert harness.removed() == ["other"]
        await harness.run_full_scans(5)
        assert harness.store[self.KEY].is_outside
        assert harness.removed() == ["other"]

    @pytest.mark.parametrize("following", ["none", "young", "of the other kind", "unknown"])
    async def test_it_is_removed_when_another_task_is_pinned(self, harness: PollerHarness, following: str) -> None:
        other_kind = PREFETCH if self.KEY.kind is REFRESH else REFRESH
        harness.poller.pin(
            {
                "none": None,
                "young": TaskKey(self.KEY.kind, "young"),
                "of the other kind": TaskKey(other_kind, "mine"),
                "unknown": TaskKey(self.KEY.kind, "unknown"),
            }[following]
        )
        assert harness.ids == {"young"}
        assert harness.changes()[-1].cause is Cause.RECONCILIATION
        assert [task.task_id for task in harness.changes()[-1].removed] == ["mine"]
        await harness.run_full_scans(3)
        assert harness.removed() == ["other", "mine"]

    async def test_pinning_it_again_changes_nothing(self, harness: PollerHarness) -> None:
        number = len(harness.updates)
        harness.poller.pin(self.KEY)
        assert self.KEY in harness.store
        assert len(harness.updates) == number

    async def test_it_is_removed_even_while_paused(self, harness: PollerHarness) -> None:
        harness.poller.pause()
        harness.poller.pin(None)
        assert harness.ids == {"young"}

    async def test_a_larger_window_includes_it_again(self, clock: FakeClock, harness: PollerHarness) -> None:
        harness.poller.set_window(DAY)
        await clock.advance(3)
        assert {task.task_id: task.is_outside for task in harness.store} == {
            "mine": False,
            "young": False,
            "other": False,
        }
        harness.poller.pin(None)
        assert self.KEY in harness.store

    async def test_setting_a_window_removes_it(self, clock: FakeClock, harness: PollerHarness) -> None:
        harness.poller.set_window(HOUR / 2)
        await clock.advance(3)
        assert harness.ids == {"young"}

    async def test_setting_the_same_window_removes_it(self, clock: FakeClock, harness: PollerHarness) -> None:
        harness.poller.set_window(HOUR)
        await clock.advance(3)
        assert harness.ids == {"young"}

    async def test_a_task_back_in_the_window_is_an_ordinary_task(
        self, clock: FakeClock, account: Account, harness: PollerHarness
    ) -> None:
        account.remove("mine")
        add_tasks(account, ["mine"], self.KEY.kind.value, ago=120)
        await harness.run_full_scans(1)
        assert not harness.store[self.KEY].is_outside
        harness.poller.pin(None)
        assert self.KEY in harness.store
        await harness.run_full_scans(3)
        assert self.KEY in harness.store


class TestReleasing:
    async def test_pinning_does_not_remove_tasks_inside_the_window(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["mine", "other"])
        async with running_poller(clock, account) as harness:
            await clock.advance(1)
            for key in (TaskKey(REFRESH, "mine"), TaskKey(REFRESH, "other"), None):
                harness.poller.pin(key)
                assert harness.ids == {"mine", "other"}

    async def test_an_active_pinned_task_is_polled_until_it_ends(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["mine"], ago=HOUR - 50, queue=0.0, work=HOUR + 150)
        add_tasks(account, ["w"], is_dcdn=True, ago=HOUR - 50, queue=0.0, work=HOUR + 150)
        async with running_poller(clock, account, window=HOUR) as harness:
            await clock.advance(1)
            harness.poller.pin(TaskKey(REFRESH, "w"))
            await clock.advance(60)
            await harness.run_full_scans()
            assert harness.ids == {"w"}
            await clock.advance(200)
            assert harness.status_of("w") == "success"
            assert harness.ended() == ["w"]
            assert harness.store[TaskKey(REFRESH, "w")].is_outside
            assert harness.store[TaskKey(REFRESH, "w")].is_dcdn

    @pytest.mark.parametrize("options", [{}, LONG_RUNNING], ids=["settled", "active"])
    async def test_a_pinned_task_unknown_to_the_api_is_no_longer_listed(
        self, clock: FakeClock, account: Account, options: Any
    ) -> None:
        add_tasks(account, ["mine"], **options)
        async with running_poller(clock, account) as harness:
            await clock.advance(1)
            harness.poller.pin(TaskKey(REFRESH, "mine"))
            account.remove("mine")
            await harness.run_full_scans(3)
            task = harness.store[TaskKey(REFRESH, "mine")]
            assert (task.is_unlisted, task.is_outside) == (True, False)
            harness.poller.pin(None)
            assert len(harness.store) == 0

    @pytest.mark.parametrize("kind", ["refresh", "prefetch"])
    async def test_a_released_task_is_no_longer_checked(self, clock: FakeClock, account: Account, kind: Kind) -> None:
        """Its removal is reported by its own kind, whose predictor then forgets it."""
        add_tasks(account, ["mine"], kind, ago=HOUR - 50, queue=0.0, work=HOUR + 400, urls=1)
        key = TaskKey(TaskKind(kind), "mine")
        async with running_poller(clock, account, window=HOUR, interval=30.0) as harness:
            await clock.advance(1)
            harness.poller.pin(key)
            await clock.advance(300)
            await harness.run_full_scans()
            assert harness.store[key].is_outside
            assert harness.store[key].percent < 100
            harness.poller.pin(None)
            assert key not in harness.store
            await clock.advance(120)
            harness.clear()
            await clock.advance(100)
            assert harness.updates == [], "there is no step between two polls of an idle account"

    async def test_a_task_without_an_id_can_be_pinned(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["mine"], ago=HOUR - 50, **LONG_RUNNING)
        anonymous = rewriting_rows(lambda row: {**row, "TaskId": None})
        async with running_poller(clock, account, window=HOUR, rewrite=anonymous) as harness:
            await clock.advance(1)
            (key,) = harness.store.keys()
            harness.poller.pin(key)
            await clock.advance(60)
            await harness.run_full_scans()
            assert harness.store[key].is_outside
            assert len(harness.store.urls(key)) == 2
            assert not any(request.task_ids for request in harness.requests())
            harness.poller.pin(None)
            assert len(harness.store) == 0

    async def test_a_task_released_after_one_full_scan_is_removed_by_the_next(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["mine"], ago=HOUR - 50)
        async with running_poller(clock, account, window=HOUR) as harness:
            await clock.advance(1)
            harness.poller.pin(TaskKey(REFRESH, "mine"))
            await clock.advance(60)
            await harness.run_full_scans(1)
            harness.poller.pin(None)
            assert harness.ids == {"mine"}, "only one full scan has missed it"
            await harness.run_full_scans(1)
            assert harness.ids == set()

    @pytest.mark.usefixtures("fixed_batch_sizes")
    async def test_a_task_released_during_a_query_does_not_come_back(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["mine"], ago=HOUR - 50, **LONG_RUNNING)
        async with running_poller(clock, account, window=HOUR) as harness:
            await clock.advance(1)
            harness.poller.pin(TaskKey(REFRESH, "mine"))
            await clock.advance(60)
            await harness.run_full_scans()
            assert harness.store[TaskKey(REFRESH, "mine")].is_outside
            harness.clear()
            harness.transport.latency = 1.0
            while not harness.queries_by_id():
                await clock.advance(0.1)
            harness.poller.pin(None)
            assert harness.ids == set()
            await clock.advance(3)
            assert harness.ids == set()
