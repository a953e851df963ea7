"""A wrong system clock, a suspended laptop, and stuck tasks: ages on the screen are correct."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar
from unittest.mock import patch

import pytest

from support.clock import FakeClock
from support.screen.dashboard import account, add
from support.servers.faulty_dashboard import FaultyDashboard, faulty_dashboard
from support.servers.faulty_server import INTERVAL
from support.servers.raw_server import answer, reset
from ucdn_tui.api.models import TaskKind
from ucdn_tui.clock import SystemClock
from ucdn_tui.simulator.account import Account as Simulated

REFRESH, PREFETCH = TaskKind.REFRESH, TaskKind.PREFETCH


HOUR = 3600.0

RECONCILED = 330.0
"""Maximum seconds until the next full scan has finished, with the poll interval of an idle account."""


class MachineClock(SystemClock):
    """The system clock of a machine whose time of day is wrong by some seconds."""

    def __init__(self, true: FakeClock, wrong: float) -> None:
        self._true = true
        with patch("time.time", lambda: true.server_now() + wrong):
            super().__init__()

    def elapsed(self) -> float:
        return self._true.elapsed()

    async def sleep(self, seconds: float) -> None:
        await self._true.sleep(seconds)


class TestWrongSystemClock:
    @pytest.mark.parametrize("hours", [-10_000, -30, -5, 0, 5, 30, 10_000])
    async def test_does_not_change_the_ages(self, clock: FakeClock, hours: int) -> None:
        simulated = account(clock)
        add(simulated, "running", ago=100, work=4000.0)
        add(simulated, "yesterday", ago=23 * HOUR)
        async with faulty_dashboard(clock, simulated, time_of=MachineClock(clock, hours * HOUR)) as ui:
            assert ui.statuses() == {"running": "running", "yesterday": "success"}
            assert " 1m40s " in ui.row("running")
            assert ui.summary().endswith("created 08:51:40 UTC · for 1m40s · changed 1m40s ago")
            await ui.pass_time(4)
            assert ui.status_text().endswith("updated 4s ago · next in 1s")
            ui.server.fault = lambda _asked: reset()
            await ui.pass_time(26)
            assert " 2m10s refresh " in ui.row("running")
            assert "created 08:51:40 UTC · for 2m10s" in ui.summary()
            assert "STALE 30s" in ui.status_text()
            await ui.press("G")
            assert "created 10-08 09:53 UTC · took 1m00s" in ui.summary()

    async def test_does_not_hide_new_tasks(self, clock: FakeClock) -> None:
        simulated = account(clock)
        async with faulty_dashboard(clock, simulated, time_of=MachineClock(clock, -5 * HOUR)) as ui:
            add(simulated, "new", work=30.0)
            await ui.pass_time(25)
            assert ui.statuses() == {"new": "running"}
            await ui.pass_time(15)
            assert ui.row("new").startswith("✔ success")
            assert " 30s refresh " in ui.row("new")

    @pytest.mark.parametrize(
        "body", [b"", b"<html>login</html>", b'{"RetCode": 150, "Message": "later"}'], ids=["empty", "page", "refusal"]
    )
    async def test_is_not_corrected_by_an_invalid_answer(self, clock: FakeClock, body: bytes) -> None:
        simulated = account(clock)
        add(simulated, "running", ago=100, work=4000.0)
        async with faulty_dashboard(clock, simulated, time_of=MachineClock(clock, 0.0)) as ui:
            ui.server.fault = lambda _asked: answer(body, headers={"Date": "Thu, 09 Oct 2025 23:00:00 GMT"})
            await ui.pass_time(30)
            assert ui.calls[-1].failed
            assert " 2m10s refresh " in ui.row("running")


class Laptop(FakeClock):
    """A clock that can jump without waking the sleepers in between."""

    def suspend(self, seconds: float) -> None:
        self._elapsed += seconds


class TestSuspendedLaptop:
    @pytest.fixture
    def laptop(self) -> Laptop:
        return Laptop()

    @pytest.fixture
    def simulated(self, laptop: Laptop) -> Simulated:
        """An account where, in four hours, one task ends, one is submitted, and one of each kind does both."""
        simulated = account(laptop)
        add(simulated, "long", work=100 * HOUR)
        add(simulated, "ending", work=2 * HOUR)
        add(simulated, "over", ago=600, task_id="to-be-removed")
        add(simulated, "later", ago=-3.9 * HOUR, work=HOUR)
        add(simulated, "later-over", ago=-HOUR)
        add(simulated, "fetched", ago=-HOUR, kind="prefetch", failing=[0])
        return simulated

    BEFORE: ClassVar = {"long": "running", "ending": "running", "over": "success"}
    AFTER: ClassVar = {
        "long": "running",
        "ending": "success",
        "over": "success",
        "later": "running",
        "later-over": "success",
        "fetched": "failed",
    }

    async def close_lid(self, ui: FaultyDashboard, laptop: Laptop, hours: float) -> None:
        """Suspend the laptop for some hours, and wake it before anything is polled."""
        await ui.quiet()
        await ui.server.listen()  # no connection lasts so long
        laptop.suspend(hours * HOUR)
        ui.dashboard.tick()

    async def test_is_stale_on_waking_and_recovers_by_itself(self, laptop: Laptop, simulated: Simulated) -> None:
        async with faulty_dashboard(laptop, simulated) as ui:
            await ui.pass_time(7)
            await self.close_lid(ui, laptop, 4)
            assert ui.status_text().endswith("STALE 4h00m · next try now")
            assert without_stuck(ui.statuses()) == self.BEFORE
            await ui.sees("STALE 4h00m")
            assert await ui.pass_time(INTERVAL, ui.is_right), ui.screen()
            assert ui.statuses() == self.AFTER
            assert "updated" in ui.status_text()

    async def test_recovers_when_the_network_comes_back_later(self, laptop: Laptop, simulated: Simulated) -> None:
        async with faulty_dashboard(laptop, simulated) as ui:
            await ui.pass_time(7)
            await self.close_lid(ui, laptop, 4)
            await ui.server.port.close()
            await ui.pass_time(20)
            await ui.sees("STALE 4h00m · next try", "Connection refused by 127.0.0.1. ")
            assert without_stuck(ui.statuses()) == self.BEFORE
            await ui.server.listen()
            assert await ui.pass_time(60 + INTERVAL, ui.is_right), ui.screen()
            assert ui.statuses() == self.AFTER

    async def test_notices_removed_tasks(self, laptop: Laptop, simulated: Simulated) -> None:
        async with faulty_dashboard(laptop, simulated) as ui:
            await self.close_lid(ui, laptop, 4)
            simulated.remove("to-be-removed")
            await ui.pass_time(INTERVAL)
            assert "over" in ui.statuses(), "one answer without it is not enough"
            await ui.pass_time(RECONCILED)
            assert ui.statuses() == {name: status for name, status in self.AFTER.items() if name != "over"}

    async def test_shows_todays_window_after_days(self, laptop: Laptop, simulated: Simulated) -> None:
        async with faulty_dashboard(laptop, simulated) as ui:
            await self.close_lid(ui, laptop, 48)
            assert "STALE 2d00h" in ui.status_text()
            add(simulated, "today", ago=10 * HOUR)
            assert await ui.pass_time(INTERVAL, ui.is_right), ui.screen()
            assert ui.statuses()["today"] == "success"
            await ui.pass_time(RECONCILED)
            assert ui.statuses().keys() <= {"today", "long"}

    async def test_does_not_take_an_interrupted_answer_for_a_new_one(
        self, laptop: Laptop, simulated: Simulated
    ) -> None:
        async with faulty_dashboard(laptop, simulated, time_of=MachineClock(laptop, 0.0)) as ui:
            gate = asyncio.Event()
            ui.server.way_back_of = lambda _asked: gate
            await ui.pass_time(7)
            laptop.suspend(4 * HOUR)
            ui.server.way_back_of = lambda _asked: None
            gate.set()
            await ui.update()
            assert "updated" not in ui.status_text() or ui.statuses() == self.AFTER
            assert await ui.pass_time(INTERVAL, ui.is_right), ui.screen()
            assert ui.statuses() == self.AFTER
            assert " 6m07s " in ui.row("/later-1"), "its Date is no news, either"


def without_stuck(statuses: dict[str, str]) -> dict[str, str]:
    """Return the statuses without the stuck glyph, which has its own test."""
    return {name: status.removesuffix(" !") for name, status in statuses.items()}


async def paused(ui: FaultyDashboard) -> None:
    await ui.press("p")
    await ui.pass_time(900)


async def cut_off(ui: FaultyDashboard) -> None:
    await ui.server.port.close()
    await ui.pass_time(900)


async def asleep(ui: FaultyDashboard) -> None:
    assert isinstance(ui.clock, Laptop)
    ui.clock.suspend(900)
    ui.dashboard.tick()


@pytest.mark.parametrize("go_without", [paused, cut_off, asleep])
async def test_a_task_is_not_stuck_just_because_it_was_not_polled(
    go_without: Callable[[FaultyDashboard], Awaitable[None]],
) -> None:
    clock = Laptop()
    simulated = account(clock)
    add(simulated, "running", work=2000.0)
    async with faulty_dashboard(clock, simulated) as ui:
        await ui.pass_time(60)
        await go_without(ui)
        assert ui.statuses() == {"running": "running"}
        assert "stuck" not in ui.status_text()


async def test_a_task_without_progress_is_stuck(clock: FakeClock) -> None:
    simulated = account(clock)
    add(simulated, "hung", ago=300, work=100.0, stuck=[0])
    async with faulty_dashboard(clock, simulated) as ui:
        await ui.pass_time(250)
        assert ui.statuses() == {"hung": "running"}
        await ui.pass_time(60)
        assert ui.statuses() == {"hung": "running !"}
        assert "1 stuck" in ui.status_text()
