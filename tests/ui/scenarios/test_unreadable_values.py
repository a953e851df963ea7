"""Values in answers that cannot be read: they are counted, and hide nothing else."""

import re
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from support.clock import FakeClock
from support.screen.dashboard import account, add
from support.servers.faulty_dashboard import FaultyDashboard, faulty_dashboard
from support.servers.faulty_server import INTERVAL, Asked, FaultyServer
from ucdn_tui.api.models import TaskKind
from ucdn_tui.simulator.account import Account as Simulated

REFRESH, PREFETCH = TaskKind.REFRESH, TaskKind.PREFETCH


RECONCILED = 330.0
"""Maximum seconds until the next full scan has finished, with the poll interval of an idle account."""


UNREADABLE = re.compile(r"(\d+) values? of the API's answer could not be read\.")


def unreadable(ui: FaultyDashboard) -> int:
    """Return the number of unreadable values on the screen."""
    found = UNREADABLE.search(ui.trouble())
    return int(found[1]) if found else 0


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
    async def test_in_place_of_the_task_list_is_no_answer(
        self, clock: FakeClock, simulated: Simulated, task_list: Any
    ) -> None:
        async with faulty_dashboard(clock, simulated) as ui:
            ui.server.rewrite = lambda _asked, document: document | {"TaskList": task_list}
            await ui.pass_time(3 * RECONCILED)
            assert ui.statuses() == self.ALL
            assert "updated" not in ui.status_text()
            assert "Unexpected response: TaskList is not a list" in ui.trouble()

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
            assert ui.statuses() == self.ALL | {"running": "running"}
            assert unreadable(ui) == 1
