"""Servers that ignore parameters, cap pages or shuffle rows: all tasks are found, and the log says what is ignored."""

import logging
from random import Random
from typing import Any

import pytest

from support.clock import FakeClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks, Service
from ucdn_tui.watch.poll import fetcher as fetcher_module
from watch.harness import PollerHarness, running_poller
from watch.tasks import (
    DAY,
    HOUR,
    LONG_RUNNING,
    SPARE_TASKS,
    START,
    account_state,
    add_tasks,
    numbered,
    stored_state,
)
from watch.transport import Failure, Request, refusal


class TestUnusualServers:
    """The store is right at a higher cost, and each ignored parameter is logged once per kind."""

    @pytest.fixture(autouse=True)
    def _many_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fetcher_module, "FIRST_PAGE_SIZE", 10)

    @staticmethod
    async def live(clock: FakeClock, account: Account, **options: Any) -> PollerHarness:
        """Poll for some minutes while tasks are created and end; return the harness."""
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
        async with running_poller(clock, account, **options) as harness:
            await clock.advance(1)
            for _ in range(12):
                await clock.advance(10)
                fresh = {plan.task_id for plan in account.tasks("refresh", begin=clock.server_now() - 6)}
                assert {key.id for key in account_state(account)} - fresh <= harness.ids, (
                    "within an interval all are there"
                )
            await clock.advance(60)
            await harness.run_full_scans(2)
            quirks = options.get("quirks") or Quirks()
            window = START if "BeginTime" in quirks.ignores else DAY
            assert stored_state(harness.store) == account_state(account, window)
            assert len(harness.ended()) == len(set(harness.ended()))
            assert {f"n{n}" for n in range(30)} | set(numbered("r", 30)) == set(harness.ended())
            assert harness.removed() == []
            assert len(harness.added()) == len(set(harness.added()))
        return harness

    @pytest.mark.parametrize("name", ["TaskId", "Status", "Limit", "BeginTime"])
    async def test_an_ignored_parameter_is_logged_once(
        self, clock: FakeClock, account: Account, caplog: pytest.LogCaptureFixture, name: str
    ) -> None:
        caplog.set_level(logging.WARNING)
        harness = await self.live(clock, account, quirks=Quirks(ignores=frozenset({name})))
        messages = [record.getMessage() for record in caplog.records]
        assert [message for message in messages if message.startswith(f"refresh: the API ignores {name};")] == messages
        # Where queries for new tasks return the active ones as well, there may be no query by id at all.
        assert len(messages) == 1 or (name == "TaskId" and not harness.queries_by_id())

    async def test_ignored_offset_is_logged(
        self, clock: FakeClock, account: Account, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING)
        add_tasks(account, numbered("t", 500))
        async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"Offset"}))) as harness:
            await clock.advance(700)
            assert harness.removed() == []
        assert [record.getMessage() for record in caplog.records if "ignores Offset" in record.getMessage()]

    @pytest.mark.parametrize("cap", [1, 7, 10, 50])
    async def test_capped_pages(self, clock: FakeClock, account: Account, cap: int) -> None:
        await self.live(clock, account, quirks=Quirks(page_cap=cap))

    @pytest.mark.parametrize("ignores", ["TaskId", "Status", "Limit", "BeginTime", "EndTime"])
    async def test_capped_pages_and_more(self, clock: FakeClock, account: Account, ignores: str) -> None:
        await self.live(clock, account, quirks=Quirks(page_cap=20, ignores=frozenset({ignores})))

    async def test_any_order_within_a_page(self, clock: FakeClock, account: Account) -> None:
        random = Random(7)

        def rewrite(_request: Request, rows: list[Any]) -> list[Any]:
            return random.sample(rows, len(rows))

        await self.live(clock, account, rewrite=rewrite)

    async def test_any_order_of_the_whole_list(
        self, clock: FakeClock, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The list fits on one page: a list shuffled between two pages could not be read completely."""
        monkeypatch.setattr(fetcher_module, "FIRST_PAGE_SIZE", 1000)
        random, real = Random(7), Service._matching

        def shuffled(self: Service, *args: Any) -> Any:
            plans = real(self, *args)
            return random.sample(plans, len(plans))

        monkeypatch.setattr(Service, "_matching", shuffled)
        await self.live(clock, account)

    async def test_a_page_cap_for_lists_only_hides_no_new_task(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("r", 60), ago=10 * HOUR, **LONG_RUNNING)
        add_tasks(account, numbered("t", SPARE_TASKS + 1), ago=HOUR)

        def cap(request: Request, rows: list[Any]) -> list[Any]:
            return rows if request.task_ids else rows[:6]

        async with running_poller(clock, account, rewrite=cap) as harness:
            await clock.advance(17)
            assert harness.queries_by_id()
            add_tasks(account, numbered("new", 20), ago=0, **LONG_RUNNING)
            await clock.advance(5)
            assert harness.ids >= set(numbered("new", 20))

    async def test_a_refused_limit_is_not_used_again(
        self, clock: FakeClock, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetcher_module, "_DECODE_SECONDS", 1e6)
        add_tasks(account, numbered("t", 300))

        def refuse(request: Request) -> Failure:
            return refusal(230) if request.limit > 100 else None

        async with running_poller(clock, account, failure=refuse) as harness:
            await clock.advance(1000)
            assert harness.state().error is None
            assert stored_state(harness.store) == account_state(account)
