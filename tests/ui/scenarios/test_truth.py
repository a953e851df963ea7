"""The screen shows what the API last said and how old that is, and never claims more."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from unittest.mock import patch

import pytest

from support.clock import FakeClock
from support.screen.dashboard import account, add
from support.servers.faulty_server import INTERVAL, Asked, FaultyDashboard, FaultyServer, faulty_dashboard
from support.servers.raw_server import Behaviour, answer, reset
from ucdn_tui.api.models import TaskKind
from ucdn_tui.clock import SystemClock
from ucdn_tui.simulator.account import Account as Simulated
from ucdn_tui.simulator.service import Quirks

REFRESH, PREFETCH = TaskKind.REFRESH, TaskKind.PREFETCH

HOUR = 3600.0
DAY = 24 * HOUR

RECONCILED = 330.0
"""Maximum seconds until the next full scan has finished, with the poll interval of an idle account."""

UNREADABLE = re.compile(r"(\d+) values? of the API's answer could not be read\.")


def of(*kinds: TaskKind) -> Callable[[Asked], bool]:
    return lambda asked: asked.kind in kinds


def hold(ui: FaultyDashboard, which: Callable[[Asked], bool]) -> asyncio.Event:
    """Make such requests wait from now on; return the event that lets them through."""
    gate = asyncio.Event()
    ui.server.gate_of = lambda asked: gate if which(asked) else None
    return gate


def unreadable(ui: FaultyDashboard) -> int:
    """Return the number of unreadable values on the screen."""
    found = UNREADABLE.search(ui.trouble())
    return int(found[1]) if found else 0


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
            assert ui.statuses() == {"running": "process"}
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


class TestTaskThatContradictsItsUrls:
    @pytest.mark.parametrize(
        ("task", "row", "summary", "urls"),
        [
            pytest.param(
                {"ago": 600, "failing": [0], "outcome": "success"},
                "✖ failure 1/3",
                "✖ failure 1/3  ",
                ["failure", "success", "success"],
                id="a success with a failure in it",
            ),
            pytest.param(
                {"ago": 600, "stuck": [0], "outcome": "success"},
                "✔ success ▶1",
                "✔ success ▶1  ",
                ["process", "success", "success"],
                id="a success that still runs",
            ),
            pytest.param(
                {"ago": 600, "stuck": [0], "outcome": "failure"},
                "✖ failure ▶1",
                "✖ failure ▶1  ",
                ["process", "success", "success"],
                id="a failure that still runs",
            ),
            pytest.param(
                {"ago": 600, "outcome": "failure"},
                "✖ failure ━",
                "✖ failure  100%  ✔ 3  of 3 URLs",
                ["success", "success", "success"],
                id="a failure all of which succeeded",
            ),
            pytest.param(
                {"ago": 999, "work": 1000.0, "failing": [0]},
                "▶ process ✖1",
                "▶ process ✖1  ",
                ["failure", "success", "process"],
                id="one that runs, and has failed in part",
            ),
            pytest.param(
                {"ago": 600, "unknown": [0], "outcome": "success"},
                "✔ success ━",
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
            done = sum(url in ("success", "failure") for url in urls)
            assert f" {done}/3 " in ui.row("task")


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
        add(simulated, "running", ago=100, work=1000.0)
        add(simulated, "yesterday", ago=23 * HOUR)
        async with faulty_dashboard(clock, simulated, time_of=MachineClock(clock, hours * HOUR)) as ui:
            assert ui.statuses() == {"running": "process", "yesterday": "success"}
            assert " 1m40s refresh " in ui.row("running")
            assert ui.summary().endswith("created 08:51:40 · for 1m40s · changed 1m40s ago")
            await ui.pass_time(4)
            assert ui.status_text().endswith("updated 4s ago · next in 1s")
            ui.server.fault = lambda _asked: reset()
            await ui.pass_time(26)
            assert " 2m10s refresh " in ui.row("running")
            assert "created 08:51:40 · for 2m10s" in ui.summary()
            assert "STALE 30s" in ui.status_text()
            await ui.press("G")
            assert "created 10-08 09:53 · took 1m00s" in ui.summary()

    async def test_does_not_hide_new_tasks(self, clock: FakeClock) -> None:
        simulated = account(clock)
        async with faulty_dashboard(clock, simulated, time_of=MachineClock(clock, -5 * HOUR)) as ui:
            add(simulated, "new", work=30.0)
            await ui.pass_time(25)
            assert ui.statuses() == {"new": "process"}
            await ui.pass_time(15)
            assert ui.row("new").startswith("✔ success")
            assert " 30s refresh " in ui.row("new")

    @pytest.mark.parametrize(
        "body", [b"", b"<html>login</html>", b'{"RetCode": 150, "Message": "later"}'], ids=["empty", "page", "refusal"]
    )
    async def test_is_not_corrected_by_an_invalid_answer(self, clock: FakeClock, body: bytes) -> None:
        simulated = account(clock)
        add(simulated, "running", ago=100, work=1000.0)
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

    BEFORE: ClassVar = {"long": "process", "ending": "process", "over": "success"}
    AFTER: ClassVar = {
        "long": "process",
        "ending": "success",
        "over": "success",
        "later": "process",
        "later-over": "success",
        "fetched": "failure",
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
            await ui.sees("STALE 4h00m · next try", "Connection refused by ")
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
            assert " 6m07s refresh " in ui.row("/later-1"), "its Date is no news, either"


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
        assert ui.statuses() == {"running": "process"}
        assert "stuck" not in ui.status_text()


async def test_a_task_without_progress_is_stuck(clock: FakeClock) -> None:
    simulated = account(clock)
    add(simulated, "hung", ago=300, work=100.0, stuck=[0])
    async with faulty_dashboard(clock, simulated) as ui:
        await ui.pass_time(250)
        assert ui.statuses() == {"hung": "process"}
        await ui.pass_time(60)
        assert ui.statuses() == {"hung": "process !"}
        assert "1 stuck" in ui.status_text()


def spoil(ui: FaultyDashboard, name: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the task of this name in answers from now on."""

    def rewrite(_asked: Asked, document: dict[str, Any]) -> dict[str, Any]:
        rows = document.get("TaskList", [])
        return document | {"TaskList": [change(row) if name_of(row) == name else row for row in rows]}

    ui.server.rewrite = rewrite


def name_of(row: dict[str, Any]) -> str:
    """Return the name that `add` gave to a task."""
    return row["UrlLists"][0]["Url"].rpartition("/")[2].removesuffix("-1.jpg")


def nonsense(_row: dict[str, Any]) -> str:
    return "nonsense"


def without_a_sane_status(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"Status": {"success": True}}


class TestUnreadableValue:
    @pytest.fixture
    def simulated(self, clock: FakeClock) -> Simulated:
        simulated = account(clock)
        add(simulated, "one", ago=600)
        add(simulated, "two", ago=500)
        add(simulated, "gone", ago=400, task_id="to-be-removed")
        add(simulated, "other", ago=300, kind="prefetch")
        return simulated

    ALL: ClassVar = dict.fromkeys(("one", "two", "gone", "other"), "success")

    async def test_is_counted_while_it_lasts_and_removes_nothing(self, clock: FakeClock, simulated: Simulated) -> None:
        async with faulty_dashboard(clock, simulated) as ui:
            assert unreadable(ui) == 0
            spoil(ui, "one", nonsense)
            simulated.remove("to-be-removed")
            await ui.pass_time(3 * RECONCILED)
            assert unreadable(ui) == 1
            await ui.sees("of the API's answer could not be read")
            assert ui.statuses() == self.ALL
            assert "updated" in ui.status_text()
            spoil(ui, "one", lambda row: row)
            await ui.pass_time(2 * RECONCILED)
            assert ui.is_right(), ui.screen()
            assert ui.statuses() == {name: status for name, status in self.ALL.items() if name != "gone"}

    async def test_in_one_kind_removes_nothing_and_the_other_goes_on(
        self, clock: FakeClock, simulated: Simulated
    ) -> None:
        async with faulty_dashboard(clock, simulated) as ui:
            spoil(ui, "other", nonsense)
            simulated.remove("to-be-removed")
            await ui.pass_time(3 * RECONCILED)
            assert unreadable(ui) == 1
            assert ui.statuses() == {name: status for name, status in self.ALL.items() if name != "gone"}

    async def test_in_a_task_hides_only_itself(self, clock: FakeClock, simulated: Simulated) -> None:
        async with faulty_dashboard(clock, simulated) as ui:
            spoil(ui, "one", without_a_sane_status)
            await ui.press("r")
            await ui.pass_time(2)
            assert unreadable(ui) == 1
            assert ui.statuses() == self.ALL | {"one": "no status"}
            assert " 1/1 " in ui.row("/one-1")

    async def test_in_the_first_answer_is_counted_at_once(self, clock: FakeClock, simulated: Simulated) -> None:
        def prepare(server: FaultyServer) -> None:
            server.rewrite = lambda _asked, document: document | {"TaskList": [7, *document["TaskList"], None, []]}

        async with faulty_dashboard(clock, simulated, prepare=prepare, loaded=False) as ui:
            assert ui.statuses() == self.ALL
            assert unreadable(ui) > 0

    @pytest.mark.parametrize(
        "task_list", ["none", {"TaskId": "one"}, 0, True], ids=["a string", "an object", "a number", "a flag"]
    )
    async def test_in_place_of_the_task_list_removes_no_task(
        self, clock: FakeClock, simulated: Simulated, task_list: Any
    ) -> None:
        async with faulty_dashboard(clock, simulated) as ui:
            ui.server.rewrite = lambda _asked, document: document | {"TaskList": task_list}
            await ui.pass_time(3 * RECONCILED)
            assert ui.statuses() == self.ALL
            assert unreadable(ui) > 0

    async def test_in_a_new_task_is_counted(self, clock: FakeClock, simulated: Simulated) -> None:
        async with faulty_dashboard(clock, simulated) as ui:
            spoil(ui, "new", nonsense)
            add(simulated, "new")
            await ui.pass_time(4 * INTERVAL + 1)
            assert unreadable(ui) == 1

    async def test_in_a_new_task_is_counted_while_it_lasts(self, clock: FakeClock, simulated: Simulated) -> None:
        async with faulty_dashboard(clock, simulated) as ui:
            spoil(ui, "new", nonsense)
            add(simulated, "new")
            await ui.pass_time(4 * INTERVAL + 1)
            counts = {}
            for _ in range(40):
                await ui.pass_time(10)
                counts[clock.elapsed()] = unreadable(ui)
            assert set(counts.values()) == {1}, counts

    async def test_in_an_active_task_is_counted(self, clock: FakeClock, simulated: Simulated) -> None:
        add(simulated, "running", work=1000.0)
        async with faulty_dashboard(clock, simulated) as ui:
            spoil(ui, "running", nonsense)
            await ui.pass_time(INTERVAL + 1)
            assert ui.statuses() == self.ALL | {"running": "process"}
            assert unreadable(ui) == 1
