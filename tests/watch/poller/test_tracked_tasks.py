"""Tracked tasks: a submitted task is asked for by id until it appears."""

from typing import Any

import pytest

from support.clock import FakeClock
from ucdn_tui.api.models import TaskKind
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks
from ucdn_tui.simulator.plan import Kind
from ucdn_tui.watch.poll.fetcher import IDS_PER_CALL
from ucdn_tui.watch.poll.incremental import TRACK_SECONDS
from ucdn_tui.watch.store import Cause
from watch.harness import running_poller
from watch.tasks import DAY, HOUR, LONG_RUNNING, PREFETCH, REFRESH, SPARE_TASKS, add_tasks, numbered
from watch.transport import Request


class TestAppearing:
    async def test_a_task_that_is_not_listed_yet_is_found_by_its_id(self, clock: FakeClock, account: Account) -> None:
        def hide(request: Request, rows: list[Any]) -> list[Any]:
            return [row for row in rows if request.task_ids or row["TaskId"] != "mine"]

        async with running_poller(clock, account, rewrite=hide) as harness:
            await clock.advance(7)
            add_tasks(account, ["mine"], "prefetch", ago=0, queue=0.0, work=20.0)
            harness.poller.track(PREFETCH, "mine")
            await clock.advance(0)
            assert harness.status_of("mine", PREFETCH) == "process"
            assert [changes.cause for changes in harness.changes() if changes.added] == [Cause.TRACKED]
            await clock.advance(25)
            assert harness.ended() == ["mine"]

    async def test_a_tracked_task_is_asked_for_at_each_poll_until_it_appears(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        add_tasks(account, ["mine"], ago=-13)
        async with running_poller(clock, account) as harness:
            await clock.advance(2)
            harness.poller.track(REFRESH, "mine")
            await clock.advance(40)
            assert [
                request.at for request in harness.queries_by_id() if "mine" in request.task_ids and not request.is_dcdn
            ] == [2, 7, 12, 17]
            assert harness.ended() == ["mine"]
            assert not any(request.task_ids == ["mine"] for request in harness.requests(PREFETCH))


class TestTracking:
    @pytest.mark.parametrize("kind", ["refresh", "prefetch"])
    async def test_the_first_whole_site_task_is_found_by_its_id(
        self, clock: FakeClock, account: Account, kind: Kind
    ) -> None:
        async with running_poller(clock, account) as harness:
            await clock.advance(7)
            add_tasks(account, ["mine"], kind, ago=0, is_dcdn=True, **LONG_RUNNING)
            harness.poller.track(TaskKind(kind), "mine")
            await clock.advance(0)
            assert {task.task_id: task.is_dcdn for task in harness.store} == {"mine": True}

    async def test_tracking_ends_after_ten_minutes(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as harness:
            await clock.advance(1)
            harness.poller.track(PREFETCH, "never")
            await clock.advance(TRACK_SECONDS - 21)
            assert harness.queries_by_id(PREFETCH, since=TRACK_SECONDS - 60)
            await clock.advance(100)
            harness.clear()
            await clock.advance(1000)
            assert harness.requests(PREFETCH)
            assert harness.queries_by_id(PREFETCH) == harness.queries_by_id(REFRESH) == []

    async def test_a_tracked_task_that_settled_is_no_longer_asked_for(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as harness:
            await clock.advance(1)
            harness.poller.track(REFRESH, "late")
            await clock.advance(100)
            add_tasks(account, ["late"], ago=2 * DAY)
            add_tasks(account, ["mine"], ago=0)
            harness.poller.track(REFRESH, "mine")
            await clock.advance(30)
            assert "mine" in harness.ids
            harness.clear()
            await clock.advance(200)
            assert {task_id for request in harness.queries_by_id() for task_id in request.task_ids} == {"late"}, (
                "out of the window"
            )

    async def test_tracking_again_restarts_the_ten_minutes(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as harness:
            await clock.advance(1)
            harness.poller.track(REFRESH, "never")
            await clock.advance(500)
            harness.poller.track(REFRESH, "never")
            await clock.advance(500)
            assert harness.queries_by_id(since=950)

    async def test_a_server_that_ignores_task_ids_does_not_end_tracking(
        self, clock: FakeClock, account: Account
    ) -> None:
        """It also returns the tracked task when only another task is asked for; that row is not used."""
        add_tasks(account, ["runs"], ago=2 * HOUR, **LONG_RUNNING)
        add_tasks(account, numbered("t", SPARE_TASKS + 1))

        def unlisted(request: Request, rows: list[Any]) -> list[Any]:
            return rows if request.task_ids else [row for row in rows if row["TaskId"] != "mine"]

        quirks = Quirks(ignores=frozenset({"TaskId"}))
        async with running_poller(clock, account, quirks=quirks, rewrite=unlisted) as harness:
            await clock.advance(2)
            add_tasks(account, ["mine"], ago=0)
            harness.poller.track(REFRESH, "mine")
            await clock.advance(1)
            assert "mine" in harness.ids

    @pytest.mark.parametrize("kind", ["refresh", "prefetch"])
    async def test_a_task_of_any_age_is_found_and_followed_to_its_end(
        self, clock: FakeClock, account: Account, kind: Kind
    ) -> None:
        add_tasks(account, ["old"], kind, ago=30 * DAY, urls=1, queue=0.0, work=30 * DAY + 60)
        add_tasks(account, ["other"], kind, ago=40 * DAY)
        async with running_poller(clock, account) as harness:
            await clock.advance(7)
            assert harness.ids == set()
            harness.poller.track(TaskKind(kind), "old", any_age=True)
            await clock.advance(1)
            assert harness.status_of("old", TaskKind(kind)) == "process"
            harness.clear()
            await clock.advance(70)
            assert harness.status_of("old", TaskKind(kind)) == "success", "later queries reach back as far"
            assert harness.ids == {"old"}

    async def test_a_task_is_unknown_once_both_scopes_lack_it(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["dynamic"], ago=2 * DAY, is_dcdn=True)
        async with running_poller(clock, account) as harness:
            await clock.advance(7)
            for task_id in ("dynamic", "never"):
                harness.poller.track(REFRESH, task_id, any_age=True)
                assert not harness.poller.is_unknown(REFRESH, task_id)
            await clock.advance(1)
            assert not harness.poller.is_unknown(REFRESH, "dynamic")
            assert harness.poller.is_unknown(REFRESH, "never")
            assert not harness.poller.is_unknown(PREFETCH, "never"), "it was not asked for"

    async def test_an_untracked_task_is_no_longer_asked_for(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as harness:
            await clock.advance(7)
            harness.poller.track(REFRESH, "never", any_age=True)
            await clock.advance(1)
            assert harness.queries_by_id()
            harness.poller.untrack(REFRESH, "never")
            harness.clear()
            await clock.advance(60)
            assert (harness.queries_by_id(), bool(harness.polls())) == ([], True)

    async def test_more_tasks_than_fit_into_a_call_can_be_tracked(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as harness:
            await clock.advance(30)
            ids = numbered("e", IDS_PER_CALL + 20)
            for task_id in ids:
                harness.poller.track(REFRESH, task_id)
            add_tasks(account, ids, ago=600)
            await clock.advance(2)
            assert harness.ids == set(ids)
            assert {changes.cause for changes in harness.changes() if changes.added} == {Cause.TRACKED}
