"""The screen shows what the API last said and how old that is, and never claims more."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

from support.clock import FakeClock
from support.screen.dashboard import account, add
from support.servers.faulty_dashboard import FaultyDashboard, faulty_dashboard
from support.servers.faulty_server import INTERVAL, Asked
from support.servers.raw_server import answer, reset
from ucdn_tui.api.models import TaskKind
from watch.tasks import PREFETCH


def of(*kinds: TaskKind) -> Callable[[Asked], bool]:
    return lambda asked: asked.kind in kinds


def hold(ui: FaultyDashboard, which: Callable[[Asked], bool]) -> asyncio.Event:
    """Make such requests wait from now on; return the event that lets them through."""
    gate = asyncio.Event()
    ui.server.gate_of = lambda asked: gate if which(asked) else None
    return gate


class TestOverduePoll:
    async def test_is_stale_after_two_intervals(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", work=1000.0)
        async with faulty_dashboard(clock, simulated) as ui:
            gate = hold(ui, of(*TaskKind))
            await ui.pass_time(3 * INTERVAL)
            assert ui.status_text().endswith("updated 15s ago · next now")
            await ui.pass_time(1)
            assert ui.status_text().endswith("STALE 16s · next try now")
            assert ui.statuses() == {"running": "running"}
            await ui.sees("STALE 16s")
            gate.set()
            await ui.update()
            assert ui.status_text().endswith("updated 0s ago · next in 5s")

    async def test_has_its_kind_named_if_the_other_is_fresh(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", work=1000.0)
        async with faulty_dashboard(clock, simulated) as ui:
            hold(ui, of(PREFETCH))
            await ui.pass_time(26)
            assert "STALE 26s (prefetch)" in ui.status_text()

    @pytest.mark.parametrize(("interval", "stale"), [(1.0, 4), (30.0, 91)])
    async def test_depends_on_the_chosen_interval(self, clock: FakeClock, interval: float, stale: int) -> None:
        simulated = account(clock)
        add(simulated, "running", work=1000.0)
        async with faulty_dashboard(clock, simulated, interval=interval) as ui:
            hold(ui, of(*TaskKind))
            await ui.pass_time(stale - 1)
            assert "STALE" not in ui.status_text()
            await ui.pass_time(1)
            assert "STALE" in ui.status_text()

    async def test_is_stale_with_the_reason(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", work=1000.0)
        async with faulty_dashboard(clock, simulated) as ui:
            ui.server.fault = lambda _asked: reset()
            await ui.pass_time(100)
            await ui.sees("STALE 1m40s · next try in ", "Connection broken by 127.0.0.1.")

    async def test_is_stale_with_the_reason_if_the_server_is_silent(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", work=1000.0)
        async with faulty_dashboard(clock, simulated) as ui:
            hold(ui, of(*TaskKind))
            await ui.pass_time(20)
            assert "STALE 20s" in ui.status_text()
            assert ui.trouble()

    async def test_shows_its_age_during_a_retry_after(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", work=10_000.0)
        async with faulty_dashboard(clock, simulated) as ui:
            ui.server.fault = lambda _asked: answer(b"", 429, {"Retry-After": "3600"})
            await ui.pass_time(1800)
            assert "RATE LIMITED" in ui.status_text()
            assert "30m00s ago" in ui.status_text() or "STALE 30m00s" in ui.status_text()

    @pytest.mark.parametrize("busy", [True, False], ids=["while something runs", "while all is settled"])
    async def test_is_not_one_delayed_by_a_rate_limit(self, clock: FakeClock, busy: bool) -> None:
        simulated = account(clock)
        add(simulated, "task", ago=600, work=10_000.0 if busy else 60.0)
        async with faulty_dashboard(clock, simulated) as ui:
            ui.server.fault = lambda _asked: answer(b"", 429, {"Retry-After": "3"})
            await ui.pass_time(INTERVAL * 5)
            ui.server.fault = lambda _asked: None
            assert await ui.pass_time(70, ui.is_right)
            for _ in range(300):
                await ui.pass_time(2)
                assert "updated" in ui.status_text(), f"at {clock.elapsed()} s"


class TestDeletedTask:
    async def test_is_said_to_be_no_longer_listed_while_it_is_selected(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", work=10_000.0)
        async with faulty_dashboard(clock, simulated) as ui:
            assert ui.statuses() == {"running": "running"}
            simulated.remove(next(plan.task_id for plan in simulated.tasks("refresh")))
            assert "No longer listed" not in ui.screen()
            await ui.pass_time(2 * INTERVAL + 1)
            await ui.sees("No longer listed by the API; removed when you select another task.")
            assert "Outside the time range" not in ui.screen()

    async def test_disappears_within_seconds(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "stays", work=10_000.0)
        add(simulated, "goes", ago=7200, work=20_000.0)
        async with faulty_dashboard(clock, simulated) as ui:
            assert ui.statuses().keys() == {"stays", "goes"}
            simulated.remove(simulated.tasks("refresh")[-1].task_id)
            await ui.pass_time(3 * INTERVAL)
            assert ui.statuses() == {"stays": "running"}


class TestOldTask:
    async def test_that_answers_leave_out_has_its_age_shown(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", work=10_000.0)
        add(simulated, "hidden", ago=7200, work=20_000.0)
        hidden = simulated.tasks("refresh")[-1].task_id
        async with faulty_dashboard(clock, simulated) as ui:

            def hide(asked: Asked, document: dict[str, Any]) -> dict[str, Any]:
                rows = document.get("TaskList", [])
                return document | {"TaskList": [row for row in rows if row["TaskId"] != hidden or not is_by_id(asked)]}

            ui.server.rewrite = hide
            await ui.pass_time(150)
            assert re.search(r"updated \ds ago, oldest 2m\d\ds · next in", ui.status_text())


def is_by_id(asked: Asked) -> bool:
    """Whether it asks by TaskId, or for new tasks only."""
    params = asked.params
    return "TaskId.0" in params or int(params["EndTime"]) - int(params["BeginTime"]) < 80_000


class TestTaskThatContradictsItsUrls:
    @pytest.mark.parametrize(
        ("task", "row", "summary", "urls"),
        [
            pytest.param(
                {"ago": 600, "failing": [0], "outcome": "success"},
                "✖ failed 1/3",
                "✖ failed 1/3  ",
                ["failed", "success", "success"],
                id="a success with a failure in it",
            ),
            pytest.param(
                {"ago": 600, "stuck": [0], "outcome": "success"},
                "✔ success ▶1",
                "✔ success ▶1  ",
                ["running", "success", "success"],
                id="a success that still runs",
            ),
            pytest.param(
                {"ago": 600, "stuck": [0], "outcome": "failure"},
                "✖ failed ▶1",
                "✖ failed ▶1  ",
                ["running", "success", "success"],
                id="a failure that still runs",
            ),
            pytest.param(
                {"ago": 600, "outcome": "failure"},
                "✖ failed ",
                "✖ failed  ✔ 3  of 3 URLs",
                ["success", "success", "success"],
                id="a failure all of which succeeded",
            ),
            pytest.param(
                {"ago": 999, "work": 1000.0, "failing": [0]},
                "▶ running ✖1",
                "▶ running ✖1  ",
                ["failed", "success", "running"],
                id="one that runs, and has failed in part",
            ),
            pytest.param(
                {"ago": 600, "unknown": [0], "outcome": "success"},
                "✔ success ",
                "✔ success  ",
                ["unknown", "success", "success"],
                id="a success of which a part is unknown",
            ),
        ],
    )
    async def test_shows_both(
        self, clock: FakeClock, task: dict[str, Any], row: str, summary: str, urls: list[str]
    ) -> None:
        simulated = account(clock)
        add(simulated, "task", count=3, **task)
        async with faulty_dashboard(clock, simulated) as ui:
            assert ui.row("task").startswith(row)
            assert ui.summary().startswith(summary)
            assert [line.split()[1] for line in ui.urls()] == urls
            assert f" {urls.count('success')}/3 " in ui.row("task")
