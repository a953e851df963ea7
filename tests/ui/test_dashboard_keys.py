"""What keys and mouse do on the dashboard; the help and the palette list all of it."""

import asyncio

import httpx
import pytest
from textual import events
from textual.binding import Binding
from textual.command import CommandPalette
from textual.widgets import Input, Static

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, add_waiting, running_dashboard, text_of
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui import bindings
from ucdn_tui.ui.dialogs.help import HelpDialog
from ucdn_tui.ui.keys.actions import INTERVALS
from ucdn_tui.watch.listing.filter import TEXT_LIMIT

NAMES = [f"task-{number:02d}" for number in range(60)]


@pytest.fixture
def quiet(clock: FakeClock) -> Account:
    """An account with sixty tasks that stay queued."""
    simulated = account(clock)
    add_waiting(simulated, NAMES)
    return simulated


def help_of(ui: DashboardHarness) -> dict[str, set[str]]:
    """Return the keys of each description in the open help."""
    lines = text_of(ui.app.screen.query_one("#help-text", Static)).partition("Statuses")[0].split("\n")
    pairs = [line.strip().split("  ", 1) for line in lines if "  " in line.strip()]
    shown: dict[str, set[str]] = {}
    for keys, description in pairs:
        shown.setdefault(description, set()).update(keys.split())
    return shown


def index(ui: DashboardHarness) -> int | None:
    return ui.dashboard.tasks.cursor_index


class TestNavigation:
    async def test_by_letters_arrows_home_end_and_pages(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            page = ui.dashboard.tasks.size.height - 2
            for keys, expected in [
                ("j", 1),
                ("down", 2),
                ("k", 1),
                ("up", 0),
                ("k", 0),
                ("G", 59),
                ("j", 59),
                ("g", 0),
                ("end", 59),
                ("home", 0),
                ("pagedown", page),
                ("ctrl+f", min(2 * page, 59)),
                ("pageup", min(2 * page, 59) - page),
                ("ctrl+b", 0),
            ]:
                await ui.press(keys)
                assert index(ui) == expected, keys
            assert ui.urls()[0].endswith("task-00-1.jpg")

    async def test_by_mouse_click_and_wheel(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            tasks = ui.dashboard.tasks
            await ui.pilot.click(tasks, offset=(5, 4))
            await ui.pilot.pause()
            assert index(ui) == 3
            assert ui.urls()[0].endswith("task-03-1.jpg")
            assert tasks.has_focus
            await ui.wheel(tasks, 3)
            assert tasks.scroll_offset.y > 0
            assert index(ui) == 3
            await ui.wheel(tasks, -20)
            assert tasks.scroll_offset.y == 0
            await ui.pilot.click(tasks, offset=(5, 6), times=2)
            await ui.pilot.pause()
            assert index(ui) == 5
            assert ui.dashboard.details.table.has_focus


class TestPanes:
    async def test_are_switched_by_tab_enter_and_escape(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            tasks, urls = ui.dashboard.tasks, ui.dashboard.details.table
            assert tasks.has_focus
            for key, table in [
                ("tab", urls),
                ("tab", tasks),
                ("shift+tab", urls),
                ("tab", tasks),
                ("enter", urls),
                ("escape", tasks),
                ("escape", tasks),
            ]:
                await ui.press(key)
                assert table.has_focus, key
            assert index(ui) == 0

    @pytest.mark.parametrize("way", ["tab", "enter"])
    async def test_get_keys_typed_right_after_switching(self, clock: FakeClock, way: str) -> None:
        """Both in one packet, as over a slow connection."""
        simulated = account(clock)
        add(simulated, "one", count=9)
        add(simulated, "two", ago=5)
        async with running_dashboard(simulated, clock) as ui:
            ui.app.post_message(events.Key(way, None))
            ui.app.post_message(events.Key("j", "j"))
            await ui.settle(lambda: ui.dashboard.details.table.has_focus)
            assert (index(ui), ui.dashboard.details.table.cursor_index) == (0, 1)

    async def test_enter_right_after_a_move_opens_the_new_task(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "one", count=9)
        add(simulated, "two", ago=5)
        async with running_dashboard(simulated, clock) as ui:
            ui.app.post_message(events.Key("j", "j"))
            ui.app.post_message(events.Key("enter", None))
            await ui.settle(lambda: ui.dashboard.details.table.has_focus)
            assert (index(ui), ui.dashboard.details.table.cursor_index) == (1, 0)

    async def test_a_task_opened_while_loading_stays_selected(self, clock: FakeClock) -> None:
        simulated = account(clock)
        mine = add(simulated, "mine", ago=9)
        add(simulated, "newer", kind="prefetch")
        gate = asyncio.Event()

        def gate_of(request: httpx.Request) -> asyncio.Event | None:
            return gate if b"Prefetch" in request.content else None

        async with running_dashboard(simulated, clock, wait=False, gate_of=gate_of) as ui:
            await ui.settle(lambda: ui.selected == mine)
            await ui.press("enter")
            gate.set()
            await ui.settle(lambda: len(ui.tasks()) == 2)
            assert ui.selected == mine
            assert ui.urls()[0].endswith("mine-1.jpg")

    async def test_moving_in_the_urls_does_not_move_in_the_tasks(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "one", count=40)
        add(simulated, "two", ago=5)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("enter", "j", "j", "G", "k")
            assert ui.dashboard.details.table.cursor_index == 38
            assert index(ui) == 0


class TestPastingIntoTheFilterBox:
    @pytest.mark.parametrize("pasted", ["task-07" * 100_000, "x" * (TEXT_LIMIT + 1)], ids=["long", "one too many"])
    async def test_cuts_what_is_too_long(self, quiet: Account, clock: FakeClock, pasted: str) -> None:
        async with running_dashboard(quiet, clock) as ui:
            await ui.press("slash")
            ui.app.post_message(events.Paste(pasted))
            await ui.settle(lambda: ui.dashboard.task_pane.filter_bar.text)
            assert ui.dashboard.task_pane.filter_bar.text == pasted[:TEXT_LIMIT]


class TestRefresh:
    async def test_starts_a_full_scan_at_once(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "over", ago=500)
        async with running_dashboard(simulated, clock) as ui:
            await ui.pass_time(3)
            ui.service.requests.clear()
            add(simulated, "new")
            await ui.press("r")
            await ui.settle(lambda: len(ui.tasks()) == 2)
            begins = {int(request["BeginTime"]) for request in ui.asked()}
            assert min(begins) <= clock.server_now() - 86_400

    async def test_works_while_paused(self, clock: FakeClock) -> None:
        simulated = account(clock)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("p")
            await ui.pass_time(3)
            add(simulated, "new")
            await ui.press("r")
            await ui.settle(ui.tasks)
            assert "PAUSED" in ui.top_line()


class TestPause:
    async def test_sends_no_request_until_resumed(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", work=1000.0)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("p")
            assert ui.top_line().endswith("PAUSED · updated 0s ago")
            asked = len(ui.service.requests)
            await ui.pass_time(90)
            assert len(ui.service.requests) == asked
            assert ui.top_line().endswith("PAUSED · updated 1m30s ago")
            await ui.press("p")
            await ui.settle(lambda: len(ui.service.requests) > asked)
            await ui.settle(lambda: "updated 0s ago" in ui.top_line())


class TestRefreshInterval:
    async def test_goes_up_and_down_a_scale(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock, notifications=True) as ui:
            seen = []
            for key in ["minus", "minus", "minus", "minus", "plus", "equals_sign"]:
                await ui.press(key)
                seen.append(ui.dashboard._session.interval)
            assert seen == [10.0, 15.0, 30.0, 60.0, 30.0, 15.0]
            assert "Refresh every 15s (1m when idle)" in ui.screen()
            for step, end in ((1, INTERVALS[-1]), (-1, INTERVALS[0])):
                for _ in range(9):
                    ui.dashboard.action_interval(step)
                assert ui.dashboard._session.interval == end

    async def test_sets_how_often_the_api_is_polled(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", work=1000.0)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("plus", "plus")
            assert ui.top_line().endswith("next in 1s")
            add(simulated, "new")
            await ui.pass_time(2)
            assert len(ui.tasks()) == 2
            await ui.press(*["minus"] * 6)
            await ui.pass_time(1)
            assert ui.top_line().endswith("next in 59s")


class TestHelp:
    async def test_lists_every_key_of_the_dashboard(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            await ui.press("question_mark")
            shown = help_of(ui)
            for binding in bindings.ALL:
                keys = {ui.app.get_key_display(Binding(key, "", "")) for key in binding.key.split(",")}
                assert keys <= shown[binding.tooltip or binding.description], binding
            assert shown["Down"] == {"j", "↓"}
            assert shown["Shorter refresh interval"] == {"+", "="}
            assert shown["Longer refresh interval"] == {"-"}
            await ui.press("escape", "enter", "question_mark")
            assert help_of(ui) == shown, "the help differs between the panes"

    async def test_is_closed_by_several_keys(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            for key in ("q", "question_mark", "enter"):
                await ui.press("question_mark")
                assert isinstance(ui.app.screen, HelpDialog)
                await ui.press(key)
                assert ui.app.screen is ui.dashboard
            assert ui.app.return_code is None
            assert index(ui) == 0
            assert ui.dashboard.tasks.has_focus

    async def test_can_be_scrolled_to_its_end_in_a_small_terminal(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock, size=(50, 14)) as ui:
            await ui.press("question_mark")
            assert "STALE" not in ui.screen()
            await ui.press("end")
            await ui.settle(lambda: "STALE" in ui.screen())
            assert "says." in ui.screen()

    async def test_does_not_stop_polling(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", ago=1, work=1000.0)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("question_mark")
            add(simulated, "new")
            await ui.pass_time(6)
            await ui.press("escape")
            assert len(ui.tasks()) == 2


class TestPalette:
    async def test_offers_the_commands_and_runs_them(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            commands = {command.title: command for command in ui.app.get_system_commands(ui.dashboard)}
            assert {
                "Refresh",
                "Pause / resume polling",
                "Shorter refresh interval",
                "Longer refresh interval",
                "Filter",
                "Sort",
                "Copy",
                "Help",
            } <= commands.keys()
            await ui.press("ctrl+p")
            assert isinstance(ui.app.screen, CommandPalette)
            ui.app.screen.query_one(Input).value = "pause"
            await ui.settle(lambda: "Pause / resume polling" in ui.screen())
            await ui.press("enter")
            await ui.settle(lambda: ui.app.screen is ui.dashboard and "PAUSED" in ui.top_line())

    async def test_offers_no_dashboard_commands_in_a_dialog(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            await ui.press("question_mark")
            titles = {command.title for command in ui.app.get_system_commands(ui.app.screen)}
            assert "Pause / resume polling" not in titles


class TestQuitting:
    @pytest.mark.parametrize("keys", [["q"], ["ctrl+q"], ["question_mark", "ctrl+q"]], ids="-".join)
    async def test_by_a_key(self, clock: FakeClock, keys: list[str]) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            for key in keys:
                await ui.pilot.press(key)
            assert ui.app.return_code == 0

    async def test_by_ctrl_c_twice(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock, notifications=True) as ui:
            await ui.press("ctrl+c")
            assert ui.app.return_code is None
            await ui.settle(lambda: "Press Ctrl+C again to quit." in ui.screen())
            await ui.pilot.press("ctrl+c")
            assert ui.app.return_code == 0

    @pytest.mark.parametrize("dialog", ["question_mark", "ctrl+p"], ids=["help", "palette"])
    async def test_by_ctrl_c_twice_in_a_dialog(self, clock: FakeClock, dialog: str) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            await ui.press(dialog, "ctrl+c", "ctrl+c")
            assert ui.app.return_code == 0

    async def test_not_by_ctrl_c_once_in_a_while(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            for _ in range(3):
                await ui.press("ctrl+c")
                await ui.pass_time(3)
            assert ui.app.return_code is None

    async def test_not_by_ctrl_c_with_a_selection_which_is_copied(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            summary = ui.dashboard.query_one("#task-summary", Static)
            await ui.pilot.mouse_down(summary, offset=(1, 1))
            await ui.pilot.hover(summary, offset=(12, 1))
            await ui.pilot.mouse_up(summary, offset=(12, 1))
            await ui.pilot.pause()
            await ui.press("ctrl+c", "ctrl+c")
            assert ui.app.clipboard.startswith("refresh")
            assert ui.app.return_code is None

    async def test_sends_no_further_request(self, clock: FakeClock) -> None:
        simulated = account(clock)
        async with running_dashboard(simulated, clock) as ui:
            await ui.pilot.press("q")
        asked = len(ui.service.requests)
        await clock.advance(300)
        assert len(ui.service.requests) == asked
