"""The key line: as many hints as fit, uncut, and clickable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.command import CommandPalette
from textual.widgets import OptionList

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard
from ucdn_tui.account.preferences import Preferences
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER
from ucdn_tui.ui.bars.key_line import KeyHint, KeyLine, fitting
from ucdn_tui.ui.dialogs.help import HelpDialog
from ucdn_tui.ui.dialogs.picker import Picker

ALL = ["/ Filter", "tab Pane", "r Refresh", "y Copy", "s Sort", "w Time range", "? Help", "q Quit", "^p Commands"]
"""From left to right."""

FIRST_DROPPED = [
    "^p Commands",
    "w Time range",
    "s Sort",
    "y Copy",
    "r Refresh",
    "tab Pane",
    "/ Filter",
    "q Quit",
    "? Help",
]

WHILE_TYPING = ["esc Clear", "↓ Done"]


@pytest.fixture
def quiet(clock: FakeClock) -> Account:
    """An account with two tasks that stay queued."""
    simulated = account(clock)
    add(simulated, "one", queue=NEVER, count=3)
    add(simulated, "two", ago=5, queue=NEVER)
    return simulated


def named(ui: DashboardHarness) -> list[str]:
    """Return the hints of the line."""
    return [part.strip() for part in ui.screen().split("\n")[-1].split("  ") if part.strip()]


async def click(ui: DashboardHarness, part: str, *, character: int = -1) -> None:
    """Click on a character, by default the last one, of a hint."""
    column = ui.screen().split("\n")[-1].index(part) + range(len(part))[character]
    assert await ui.pilot.click(KeyLine, offset=(column, 0))
    await ui.pilot.pause()


hints = st.builds(KeyHint, st.text("abcé中", max_size=4), st.text("abc 中", max_size=9), st.just(print), st.booleans())


@given(st.lists(hints, max_size=9, unique_by=lambda hint: (hint.key, hint.description)), st.integers(0, 90))
def test_hints_are_dropped_from_the_right_pinned_ones_last(all_of_them: list[KeyHint], width: int) -> None:
    def cells(some: list[KeyHint]) -> int:
        return cell_len("  ".join(f"{hint.key} {hint.description}" for hint in some))

    def places(some: list[KeyHint]) -> list[int]:
        return [next(place for place, hint in enumerate(all_of_them) if hint is one) for one in some]

    shown = fitting(all_of_them, width)
    assert cells(shown) <= width
    dropped = [place for place in range(len(all_of_them)) if place not in places(shown)]
    # With the hint that is dropped last, the line would be too wide.
    order = sorted(dropped, key=lambda place: (all_of_them[place].pinned, -place))
    if order:
        fewer = [hint for place, hint in enumerate(all_of_them) if place not in order[:-1]]
        assert cells(fewer) > width
    assert places(shown) == sorted(places(shown))
    for place in dropped:
        later = [other for other in places(shown) if other > place]
        assert all(all_of_them[other].pinned and not all_of_them[place].pinned for other in later)
        if all_of_them[place].pinned:
            assert all(all_of_them[other].pinned for other in places(shown))


class TestHints:
    async def test_are_whole_and_as_many_as_fit(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock, size=(140, 20)) as ui:
            assert named(ui) == ALL
            for width in (100, 85, 84, 70, 60, 41, 30, 20, 15, 9, 7):
                await ui.pilot.resize_terminal(width, 20)
                await ui.pilot.pause()
                there = named(ui)
                assert there == [name for name in ALL if name in there]
                dropped = [name for name in FIRST_DROPPED if name not in there]
                assert dropped == FIRST_DROPPED[: len(dropped)]
                room = width - 2
                assert len("  ".join(there)) <= room
                if dropped:
                    assert len("  ".join([*there, dropped[-1]])) > room
            await ui.pilot.resize_terminal(140, 20)
            await ui.pilot.pause()
            assert named(ui) == ALL

    async def test_are_the_same_in_both_panes_but_not_while_typing(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            for key, there in [
                ("tab", ALL),
                ("slash", WHILE_TYPING),
                ("escape", ALL),
                ("tab", ALL),
                ("slash", WHILE_TYPING),
                ("enter", ALL),
            ]:
                await ui.press(key)
                assert named(ui) == there

    async def test_show_the_users_own_keys(self, quiet: Account, clock: FakeClock) -> None:
        preferences = Preferences(keys={"find.type": "F", "app.help": "f1,h", "filter.clear": "f9"})
        async with running_dashboard(quiet, clock, preferences=preferences) as ui:
            there = named(ui)
            assert there[0] == "F Filter"
            assert "f1 Help" in there
            await ui.press("F")
            assert named(ui) == ["f9 Clear", "↓ Done"]
            await click(ui, "f9 Clear")
            assert ui.dashboard.tasks.has_focus


class TestClick:
    async def test_runs_the_keys_action(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            await click(ui, "tab Pane")
            assert ui.dashboard.details.table.has_focus
            await click(ui, "tab Pane", character=0)
            assert ui.dashboard.tasks.has_focus
            for name, title in [("y Copy", "Copy"), ("s Sort", "Sort by"), ("w Time range", "Time range")]:
                await click(ui, name)
                assert isinstance(ui.app.screen, Picker), name
                assert title in ui.screen()
                await ui.press("escape")
            await click(ui, "? Help")
            assert isinstance(ui.app.screen, HelpDialog)
            await ui.press("escape")
            asked = len(ui.service.requests)
            await clock.advance(2)
            await click(ui, "r Refresh")
            await ui.settle(lambda: len(ui.service.requests) > asked)
            await ui.pilot.click(KeyLine, offset=(ui.screen().split("\n")[-1].index("q Quit"), 0))
            assert ui.app.return_code == 0

    async def test_opens_the_palette(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            await click(ui, "^p Commands")
            assert isinstance(ui.app.screen, CommandPalette)

    async def test_opens_a_palette_that_offers_the_theme(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            commands = {command.help.split(" ")[0]: command for command in ui.app.get_system_commands(ui.dashboard)}
            commands["T"].callback()
            await ui.settle(lambda: isinstance(ui.app.screen, Picker))
            assert "Theme" in ui.screen()

    async def test_between_hints_and_after_the_last_does_nothing(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            line = ui.screen().split("\n")[-1]
            for column in (line.index("tab") - 1, line.index("tab") - 2, len(line) + 5):
                await ui.pilot.click(KeyLine, offset=(column, 0))
                await ui.pilot.pause()
                assert ui.app.screen is ui.dashboard
                assert ui.dashboard.tasks.has_focus

    async def test_filters_and_sorts_the_focused_list(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            for pane, first in [
                (ui.dashboard.task_pane, "1 Status"),
                (ui.dashboard.details, "1 API order"),
            ]:
                await click(ui, "/ Filter")
                assert pane.filter_bar.typing
                await ui.press("t")
                await click(ui, "↓ Done")
                assert (pane.table.has_focus, pane.filter_bar.text) == (True, "t")
                await click(ui, "/ Filter")
                await click(ui, "esc Clear")
                assert (pane.table.has_focus, pane.filter_bar.text) == (True, "")
                await click(ui, "s Sort")
                assert str(ui.app.screen.query_one(OptionList).get_option_at_index(0).prompt).strip() == first
                await ui.press("escape", "tab")
