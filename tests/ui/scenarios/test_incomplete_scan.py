"""A full scan that is not complete removes no task, and says so."""

import asyncio
import re

import pytest

from support.clock import FakeClock
from support.screen.dashboard import account, add
from support.servers.faulty_dashboard import faulty_dashboard
from support.servers.faulty_server import Asked, FaultyServer
from support.servers.raw_server import Behaviour, answer, reset
from ucdn_tui.simulator.account import Account as Simulated
from ucdn_tui.simulator.actions.service import Quirks
from watch.tasks import PREFETCH

RECONCILED = 330.0
"""Maximum seconds until the next full scan has finished, with the poll interval of an idle account."""


def from_page_two(asked: Asked) -> bool:
    return int(asked.params.get("Offset", "0")) >= 10


class TestIncompleteScan:
    """Twenty-five tasks from a server with pages of ten."""

    @pytest.fixture
    def simulated(self, clock: FakeClock) -> Simulated:
        simulated = account(clock)
        for number in range(25):
            add(simulated, f"t{number}", ago=600 + number)
        return simulated

    async def test_is_shown_as_loading_until_complete(self, clock: FakeClock, simulated: Simulated) -> None:
        gate = asyncio.Event()

        def prepare(server: FaultyServer) -> None:
            server.gate_of = lambda asked: gate if from_page_two(asked) else None

        async with faulty_dashboard(clock, simulated, quirks=Quirks(page_cap=10), prepare=prepare, loaded=False) as ui:
            await ui.pass_time(3)
            assert "✔ 10 success" in ui.status_text()
            assert ui.status_text().endswith("loading, 10 tasks so far")
            gate.set()
            await ui.update()
            assert "✔ 25 success" in ui.status_text()
            assert ui.is_right()

    async def test_of_one_kind_is_shown_as_loading(self, clock: FakeClock, simulated: Simulated) -> None:
        gate = asyncio.Event()

        def prepare(server: FaultyServer) -> None:
            server.gate_of = lambda asked: gate if asked.kind is PREFETCH else None

        async with faulty_dashboard(clock, simulated, prepare=prepare, loaded=False) as ui:
            assert ui.status_text().endswith("loading, 25 tasks so far")
            gate.set()
            await ui.update()
            assert ui.is_right()

    async def test_is_never_shown_as_fresh_if_the_rest_fails(self, clock: FakeClock, simulated: Simulated) -> None:
        def prepare(server: FaultyServer) -> None:
            server.fault = lambda asked: reset() if from_page_two(asked) else None

        async with faulty_dashboard(clock, simulated, quirks=Quirks(page_cap=10), prepare=prepare, loaded=False) as ui:
            for _ in range(40):
                assert "✔ 10 success" in ui.status_text()
                assert "updated" not in ui.status_text()
                await ui.pass_time(3)
            assert "Connection broken" in ui.trouble()
            ui.server.fault = lambda _asked: None
            assert await ui.pass_time(60, ui.is_right), ui.screen()
            assert "✔ 25 success" in ui.status_text()

    async def test_is_shown_as_incomplete_if_the_rest_fails(self, clock: FakeClock, simulated: Simulated) -> None:
        def prepare(server: FaultyServer) -> None:
            server.fault = lambda asked: reset() if from_page_two(asked) else None

        async with faulty_dashboard(clock, simulated, quirks=Quirks(page_cap=10), prepare=prepare, loaded=False) as ui:
            await ui.sees("FAILED", "so far")

    @pytest.mark.parametrize(
        ("rest", "status_text"),
        [
            pytest.param(reset(), "STALE|FAILED", id="the connection breaks"),
            pytest.param(answer(b"", 429, {"Retry-After": "600"}), "RATE LIMITED", id="it is asked too often"),
            pytest.param(answer(b'{"RetCode": 171}'), "SIGN-IN NEEDED", id="the keys are refused"),
            pytest.param(None, "PAUSED", id="paused by the user"),
        ],
    )
    async def test_is_shown_as_incomplete_while_the_rest_fails(
        self, clock: FakeClock, simulated: Simulated, rest: Behaviour | None, status_text: str
    ) -> None:
        gate = asyncio.Event()

        def prepare(server: FaultyServer) -> None:
            server.gate_of = lambda asked: gate if from_page_two(asked) else None
            server.fault = lambda asked: rest if from_page_two(asked) else None

        async with faulty_dashboard(clock, simulated, quirks=Quirks(page_cap=10), prepare=prepare, loaded=False) as ui:
            if rest is None:
                await ui.press("p")
                # The second page still arrives, the third does not.
            gate.set()
            await ui.update()
            await ui.press("escape")
            await ui.pass_time(60)
            assert re.search(status_text, ui.status_text())
            assert f"{20 if rest is None else 10} tasks so far" in ui.status_text()

    async def test_removes_no_task(self, clock: FakeClock, simulated: Simulated) -> None:
        async with faulty_dashboard(clock, simulated, quirks=Quirks(page_cap=10)) as ui:
            ui.server.fault = lambda asked: reset() if from_page_two(asked) else None
            await ui.pass_time(3 * RECONCILED)
            assert "✔ 25 success" in ui.status_text()
            assert "Connection broken" in ui.trouble()
