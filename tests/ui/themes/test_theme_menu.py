"""The theme menu: it shows the highlighted theme at once, and keeps or restores one when it closes."""

from pathlib import Path

from textual.theme import BUILTIN_THEMES
from textual.widgets import OptionList

from support.clock import FakeClock
from support.screen.colors import screen_runs
from support.screen.dashboard import DashboardHarness, account, running_dashboard
from ucdn_tui.ui.ui_state import StateFile


def names(ui: DashboardHarness) -> list[str]:
    """Return the lines of the menu without their numbers."""
    options = ui.app.screen.query_one(OptionList).options
    return [str(option.prompt).lstrip("0123456789 ") for option in options]


def background(ui: DashboardHarness) -> str:
    """Return the background of the dashboard's first cell, as it is on the screen."""
    style = next(screen_runs(ui.app)).style
    assert style.bgcolor is not None
    return style.bgcolor.name


async def test_highlighted_theme_is_shown_at_once_behind_the_menu(clock: FakeClock) -> None:
    async with running_dashboard(account(clock), clock) as ui:
        dark = background(ui)
        await ui.press("T")
        assert background(ui) == dark
        await ui.press("j")
        assert (ui.app.theme, background(ui)) == ("textual-light", "#e6e6e6")
        await ui.press("k")
        assert (ui.app.theme, background(ui)) == ("textual-dark", dark)


async def test_escape_restores_the_former_theme(clock: FakeClock, tmp_path: Path) -> None:
    state_file = StateFile(tmp_path / "state.json")
    async with running_dashboard(account(clock), clock, state_file=state_file) as ui:
        dark = background(ui)
        await ui.press("T", "j", "j", "j", "j", "escape")
        assert (ui.app.theme, background(ui)) == ("textual-dark", dark)
    assert state_file.theme == ""


async def test_enter_keeps_the_theme_for_the_next_start(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    async with running_dashboard(account(clock), clock, state_file=StateFile(path)) as ui:
        await ui.press("T", "j", "enter")
        assert ui.app.theme == "textual-light"
        await ui.press("T", "j", "escape")
        assert ui.app.theme == "textual-light"
    async with running_dashboard(account(clock), clock, state_file=StateFile(path)) as ui:
        assert ui.app.theme == "textual-light"


async def test_themes_have_friendly_names(clock: FakeClock) -> None:
    async with running_dashboard(account(clock), clock) as ui:
        await ui.press("T")
        shown = names(ui)
        assert len(shown) == len(BUILTIN_THEMES)
        assert shown[:4] == [
            "Dark  textual-dark",
            "Light  textual-light",
            "Terminal colors (dark)  ansi-dark",
            "Terminal colors (light)  ansi-light",
        ]
        assert "Rose Pine Moon  dark" in shown
        assert "Catppuccin Latte  light" in shown
