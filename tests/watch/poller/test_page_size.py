"""The page size adapts to decode times and timeouts, and no task is lost."""

import httpx
import pytest

from support.clock import FakeClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.watch.poll import fetcher as fetcher_module
from watch.harness import running_poller
from watch.tasks import REFRESH, account_state, add_tasks, numbered, stored_state
from watch.transport import Request


class TestPageSize:
    @pytest.fixture(autouse=True)
    def _decoding_takes_no_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fetcher_module, "_DECODE_SECONDS", 1e6)

    async def test_pages_grow_while_decoding_is_fast(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 2000), urls=1)
        async with running_poller(clock, account) as harness:
            await clock.advance(1)
            pages = [request for request in harness.requests(REFRESH) if request.is_list and not request.is_dcdn]
            assert [request.limit for request in pages] == [100, 200, 400, 800, 1000, 1000]
            assert [request.offset for request in pages] == [0, 100, 300, 700, 1500, 2000]
            assert stored_state(harness.store) == account_state(account)

    async def test_timeouts_halve_pages_that_grow_again_later(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 1500), urls=1)
        slow = True

        def failure(request: Request) -> Exception | None:
            return httpx.ReadTimeout("slow") if slow and request.limit > 30 else None

        async with running_poller(clock, account, failure=failure) as harness:
            await clock.advance(900)
            limits = [request.limit for request in harness.requests(REFRESH) if request.is_list]
            assert limits[:3] == [100, 50, 25]
            assert len(harness.store) > 25, "small pages get through"
            slow = False
            harness.clear()
            for _ in range(3):
                harness.poller.refresh()
                await clock.advance(60)
            assert stored_state(harness.store) == account_state(account)
            assert max(request.limit for request in harness.requests(REFRESH) if request.is_list) == 1000

    async def test_pages_shrink_while_decoding_is_slow(
        self, clock: FakeClock, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetcher_module, "_DECODE_SECONDS", 1e-12)
        add_tasks(account, numbered("t", 230), urls=1)
        async with running_poller(clock, account) as harness:
            await clock.advance(1)
            pages = [request for request in harness.requests(REFRESH) if request.is_list and not request.is_dcdn]
            assert [request.offset for request in pages][:5] == [0, 100, 150, 175, 187]
            assert stored_state(harness.store) == account_state(account)
