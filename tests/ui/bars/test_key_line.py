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
from ucdn_tui.ui.text.glyphs import ASCII

LIST = [
    "/ Filter",
    "enter Open",
    "3 Failed",
    "n New",
    "y Copy",
    "R Again",
    "space Flag",
    "a Active",
    "s Sort",
    "w Time range",
    "z Zoom",
    "r Reload",
    "f Follow",
    "tab Pane",
    "E Export",
    "p Pause",
    "^p Commands",
    "? Help",
    "q Quit",
]
"""In the task list, from left to right."""

WHILE_TYPING = ["esc Clear", "↓ Done", "^q Quit"]

WIDE = (200, 28)
"""Wide enough for all of them."""


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
        async with running_dashboard(quiet, clock, size=WIDE) as ui:
            assert named(ui) == LIST
            for width in (140, 100, 80, 60, 50, 30, 20):
                await ui.pilot.resize_terminal(width, 28)
                await ui.pilot.pause()
                there = named(ui)
                assert there == [*LIST[: len(there) - 2], "? Help", "q Quit"]
                assert len("  ".join(there)) <= width - 2 < len("  ".join([*there, LIST[len(there) - 2]]))
            for width, there in [(14, ["? Help"]), (8, ["? Help"]), (7, [])]:
                await ui.pilot.resize_terminal(width, 28)
                await ui.pilot.pause()
                assert named(ui) == there

    async def test_of_common_sizes_begin_with_what_matters(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock, size=(80, 24)) as ui:
            assert named(ui) == [*LIST[:6], *LIST[-2:]]
            await ui.press("enter")
            assert named(ui)[:4] == ["esc Back", "/ Filter", "] Next failed", "y Copy"]
            assert named(ui)[-2:] == LIST[-2:]

    async def test_fit_the_context(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock, size=WIDE) as ui:
            inside = ["esc Back", "/ Filter"]
            for keys, there in [
                ("tab", inside),
                ("slash", WHILE_TYPING),
                ("t", WHILE_TYPING),
                ("enter", ["esc Clear", "/ Filter"]),
                ("escape", inside),
                ("escape", LIST[:2]),
                ("3", ["esc Clear", *LIST[:2]]),
                ("escape", LIST[:2]),
                ("slash", WHILE_TYPING),
                ("o", WHILE_TYPING),
                ("enter", ["esc Clear", *LIST[:2]]),
                ("tab", inside),
                ("escape", ["esc Clear", *LIST[:2]]),
            ]:
                await ui.press(keys)
                assert named(ui)[: len(there)] == there, keys

    async def test_name_the_keys_whose_signs_the_terminal_lacks(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock, glyphs=ASCII) as ui:
            assert "enter Open" in named(ui)
            await ui.press("slash")
            assert named(ui) == ["esc Clear", "down Done", "^q Quit"]

    async def test_of_a_task_keep_the_way_back_in_a_small_terminal(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock, size=(50, 14)) as ui:
            await ui.press("enter")
            for width, there in [
                (28, ["esc Back", "? Help", "q Quit"]),
                (20, ["esc Back", "? Help"]),
                (10, ["esc Back"]),
            ]:
                await ui.pilot.resize_terminal(width, 14)
                await ui.pilot.pause()
                assert named(ui) == there

    async def test_show_the_users_own_keys(self, quiet: Account, clock: FakeClock) -> None:
        preferences = Preferences(keys={"find.type": "F", "app.help": "f1,h", "filter.clear": "f9"})
        async with running_dashboard(quiet, clock, preferences=preferences) as ui:
            there = named(ui)
            assert there[0] == "F Filter"
            assert "f1 Help" in there
            await ui.press("F")
            assert named(ui)[:2] == ["f9 Clear", "↓ Done"]
            await click(ui, "f9 Clear")
            assert ui.dashboard.tasks.has_focus


class TestClick:
    async def test_runs_the_keys_action(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock, size=WIDE) as ui:
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
            await click(ui, "r Reload")
            await ui.settle(lambda: len(ui.service.requests) > asked)
            await ui.pilot.click(KeyLine, offset=(ui.screen().split("\n")[-1].index("q Quit"), 0))
            assert ui.app.return_code == 0

    async def test_opens_the_palette(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock, size=WIDE) as ui:
            await click(ui, "^p Commands")
            assert isinstance(ui.app.screen, CommandPalette)

    async def test_opens_a_palette_that_offers_the_theme(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            commands = {command.keys: command for command in ui.app.palette_commands(ui.dashboard)}
            commands["T"].run()
            await ui.settle(lambda: isinstance(ui.app.screen, Picker))
            assert "Theme" in ui.screen()

    async def test_between_hints_and_after_the_last_does_nothing(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            line = ui.screen().split("\n")[-1]
            for column in (line.index("3 Failed") - 1, line.index("3 Failed") - 2, len(line)):
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
