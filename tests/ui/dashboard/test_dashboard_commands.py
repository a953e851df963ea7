"""The help and quitting on the dashboard."""

import pytest
from textual.binding import Binding
from textual.widgets import Static

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard
from support.screen.help import help_rows
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.dialogs.help import HelpDialog
from ucdn_tui.ui.keys import bindings
from ui.dashboard.sixty_tasks import selected_index


def help_of(ui: DashboardHarness) -> dict[str, set[str]]:
    """Return the keys of each description in the open help."""
    shown: dict[str, set[str]] = {}
    for row in help_rows(ui):
        shown.setdefault(row.meaning, set()).update(row.shown.split())
    return shown


class TestHelp:
    async def test_lists_every_key_of_the_dashboard(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            await ui.press("question_mark")
            shown = help_of(ui)
            for binding in bindings.ALL:
                keys = {ui.app.get_key_display(Binding(key, "", "")) for key in binding.key.split(",")}
                assert keys <= shown[binding.tooltip or binding.description], binding
            assert shown["Down"] == {"j", "↓"}
            assert shown["Poll more often"] == {"+", "="}
            assert shown["Poll less often"] == {"-"}
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
            assert selected_index(ui) == 0
            assert ui.dashboard.tasks.has_focus

    async def test_can_be_scrolled_to_its_end_in_a_small_terminal(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock, size=(50, 14)) as ui:
            await ui.press("question_mark")
            assert "Half page down" not in ui.screen()
            await ui.press("end")
            await ui.settle(lambda: "Half page down" in ui.screen())
            assert help_rows(ui)[-1].meaning in ui.screen()

    async def test_does_not_stop_polling(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", ago=1, work=1000.0)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("question_mark")
            add(simulated, "new")
            await ui.pass_time(6)
            await ui.press("escape")
            assert len(ui.tasks()) == 2


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
