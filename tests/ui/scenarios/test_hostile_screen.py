"""Hostile tasks on the screen: both lists, and every screen of the dashboard."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from hypothesis import given
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from support.clock import FakeClock
from support.data.documents import answer_body
from support.data.hostile import NOW, STATUSES, TEXTS
from support.screen.checks.hostile_checks import check_widget, lines_of
from support.screen.checks.hostile_tasks import FEW, SEVERAL, KnownTasks, tasks_after
from support.screen.dashboard import DashboardHarness, account, running_dashboard
from ucdn_tui.ui.dialogs.sign_in import SignInScreen
from ucdn_tui.ui.panes.task_columns import TaskTable
from ucdn_tui.ui.panes.url_pane import UrlPane
from ucdn_tui.ui.terminal.escape_sequences import TerminalFeatures
from ucdn_tui.watch.listing.view import TaskView

pytestmark = pytest.mark.slow


class TablesApp(App[None]):
    """Both lists, one above the other."""

    def __init__(self, found: KnownTasks) -> None:
        super().__init__()
        self.found = found
        self.tasks = TaskTable(found.context())
        self.details = UrlPane(found.context(), found.durations.typical)

    def compose(self) -> ComposeResult:
        yield self.tasks
        yield self.details

    def show(self, found: KnownTasks) -> None:
        """Show the tasks, and the URLs of the first one."""
        store = found.store
        self.tasks.set_view(TaskView(store))
        self.tasks.repaint()
        task = next(iter(store), None)
        self.details.show(task, store.urls(task.key) if task else ())


@asynccontextmanager
async def running_tables(width: int) -> AsyncIterator[tuple[TablesApp, Pilot[None]]]:
    app = TablesApp(KnownTasks())
    app.CSS = "TaskTable { height: 10; } UrlPane { height: 10; }"
    async with app.run_test(size=(width, 20)) as pilot:
        yield app, pilot


@pytest.mark.parametrize("width", [20, 33, 59, 60, 97, 109, 110, 141, 200])
async def test_each_row_is_one_full_line_in_both_lists(width: int) -> None:
    async with running_tables(width) as (app, _pilot):

        @FEW
        @given(SEVERAL)
        def check(bodies: list[bytes]) -> None:
            found = tasks_after(bodies)
            app.show(found)
            for widget in (app.tasks, *app.details.query("*")):
                check_widget(widget)
            lines = [strip.text for strip in lines_of(app.tasks)][1:]
            assert sum(bool(line.strip()) for line in lines) == min(9, len(found.store))

        check()


def hostile_tasks(status: str | None = None) -> list[dict[str, Any]]:
    """Return a task for each hostile text, with the text in all fields; in different statuses, or all in `status`."""
    return [
        {
            "TaskId": f"{number:02}{text}",
            "Type": text,
            "Status": status or (*STATUSES, text)[number % 6],
            "CreateTime": NOW - 9000 - number,
            "UrlLists": [
                {"Url": f"https://h.test/{number:02}/{text}", "Status": status or "process", "CreateTime": NOW - 9000},
                {"Url": text, "Status": status or text, "Progress": 7},
            ],
        }
        for number, text in enumerate(TEXTS.values())
    ]


class HostileDashboard:
    """The dashboard over an account with hostile texts, which answers with the given body."""

    def __init__(self, ui: DashboardHarness) -> None:
        self.ui = ui

    async def answer(self, body: bytes) -> None:
        self.ui.transport.fault = lambda _request: httpx.Response(200, content=body)
        self.ui.dashboard.action_refresh()
        await self.ui.pass_time(3)
        self.check()

    async def press(self, *keys: str) -> None:
        await self.ui.press(*keys)
        self.check()

    def check(self) -> None:
        for screen in self.ui.app.screen_stack[1:]:
            for widget in screen.query("*"):
                if widget.region.area:
                    check_widget(widget)


@pytest.mark.parametrize("size", [(140, 30), (50, 14)], ids=str)
async def test_every_screen_shows_visible_text_only(clock: FakeClock, size: tuple[int, int]) -> None:
    fault = lambda _request: httpx.Response(200, content=answer_body(*hostile_tasks(), Action=""))  # noqa: E731
    detect_features = TerminalFeatures("osc777", progress=True, title=True)
    async with running_dashboard(
        account(clock), clock, size=size, notifications=True, fault=fault, features=detect_features
    ) as ui:
        hostile = HostileDashboard(ui)
        hostile.check()
        assert len(ui.dashboard.store) == 2 * len(TEXTS)
        for keys in (*"jjjjG", ["enter", "j"], ["y"], ["escape"], ["?"], ["escape"] * 2, ["s"], ["9"], ["S"], ["E"]):
            await hostile.press(*keys)
        await hostile.press("escape", "slash", *"[/b]", "enter")
        assert ui.dashboard.task_pane.counts()[0] == 2
        await hostile.press("enter", "y", "1")
        assert ui.app.clipboard.endswith(TEXTS["markup"])
        await hostile.press("escape", "escape", "space", "space")
        await hostile.answer(answer_body(*hostile_tasks("failure"), Action=""))
        assert any(type(widget).__name__ == "Toast" for widget in ui.dashboard.query("*"))
        await hostile.answer(json.dumps({"RetCode": 9, "Message": "".join(TEXTS.values())}).encode())
        assert ui.trouble().startswith(r"API error (RetCode 9): \x1b[31;1mpwn\x1b[0m\x1b[2J")
        await hostile.answer(json.dumps({"RetCode": 171, "Message": TEXTS["markup"]}).encode())
        await ui.settle(lambda: isinstance(ui.app.screen, SignInScreen))
        hostile.check()
