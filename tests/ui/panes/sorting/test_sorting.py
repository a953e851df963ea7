"""Sorting the tasks: the menu, the key that reverses, and clicks on the header."""

import re

import pytest
from textual.widgets import OptionList

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard
from support.screen.lists import filter_summary, names_in
from support.screen.table import painted
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.dialogs.picker import Picker
from ui.panes.sorting.four_tasks import NEWEST_FIRST, click_header, percent_of

BY_NUMBER = {
    "1": ["gamma", "delta", "beta", "alpha"],  # status: process, wait, failure, success
    "2": ["delta", "gamma", "beta", "alpha"],  # progress
    "3": ["beta", "alpha", "gamma", "delta"],  # URLs, the most first; equals newest first
    "4": ["delta", "gamma", "alpha", "beta"],  # time, the longest first: running tasks first
    "5": ["beta", "delta", "alpha", "gamma"],  # kind
    "6": ["gamma", "alpha", "beta", "delta"],  # type; tasks without one come last
    "7": ["delta", "gamma", "beta", "alpha"],  # created: the current column, so the order is reversed
    "8": ["alpha", "beta", "delta", "gamma"],  # URL
}


def sort_indicators(ui: DashboardHarness) -> list[str]:
    """Return the header's labels that have a sort indicator, with it."""
    return re.findall(r"(?:Created )?\S+ [▲▼]", painted(ui.dashboard.tasks)[0])


async def test_flags_are_no_order(four_tasks: Account, clock: FakeClock) -> None:
    async with running_dashboard(four_tasks, clock) as ui:
        await ui.press("space")
        before = ui.dashboard.task_pane.sort
        assert await ui.pilot.click(ui.dashboard.tasks, offset=(1, 0))
        assert ui.dashboard.task_pane.sort == before


class TestSortMenu:
    async def test_number_sorts_by_its_column(self, four_tasks: Account, clock: FakeClock) -> None:
        async with running_dashboard(four_tasks, clock) as ui:
            assert names_in(ui.tasks()) == NEWEST_FIRST
            for number, order in BY_NUMBER.items():
                await ui.press("s", number)
                assert ui.app.screen is ui.dashboard
                assert names_in(ui.tasks()) == order, number
                await ui.press("s", "7")  # back to the newest first
                if number == "7":
                    continue
                assert names_in(ui.tasks()) == NEWEST_FIRST
            assert ui.dashboard.tasks.has_focus

    async def test_menu_opens_at_the_current_column_and_takes_enter_j_and_k(
        self, four_tasks: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(four_tasks, clock) as ui:
            await ui.press("s")
            assert "Sort by" in ui.screen()
            assert "7 Created" in ui.screen()
            assert ui.app.screen.query_one(OptionList).highlighted == 6
            await ui.press("j", "j", "k", "enter")
            assert names_in(ui.tasks()) == BY_NUMBER["8"]
            await ui.press("s", "up", "up", "enter")
            assert names_in(ui.tasks()) == BY_NUMBER["6"]

    async def test_click_sorts(self, four_tasks: Account, clock: FakeClock) -> None:
        async with running_dashboard(four_tasks, clock) as ui:
            await ui.press("s")
            assert await ui.pilot.click(OptionList, offset=(5, 0))
            await ui.pilot.pause()
            assert names_in(ui.tasks()) == BY_NUMBER["1"]

    async def test_same_column_again_reverses_the_order(self, four_tasks: Account, clock: FakeClock) -> None:
        async with running_dashboard(four_tasks, clock) as ui:
            await ui.press("s", "8", "s", "8")
            assert names_in(ui.tasks()) == BY_NUMBER["8"][::-1]

    @pytest.mark.parametrize("key", ["escape", "q"])
    async def test_closing_the_menu_changes_nothing(self, four_tasks: Account, clock: FakeClock, key: str) -> None:
        async with running_dashboard(four_tasks, clock) as ui:
            await ui.press("s", "j", key)
            assert (ui.app.screen, ui.app.return_code) == (ui.dashboard, None)
            assert names_in(ui.tasks()) == NEWEST_FIRST

    async def test_flags_do_not_change_the_numbers_of_columns(self, four_tasks: Account, clock: FakeClock) -> None:
        async with running_dashboard(four_tasks, clock) as ui:
            await ui.press("G", "space", "s")
            picker = ui.app.screen
            assert isinstance(picker, Picker)
            assert "1 Status" in ui.screen()
            await ui.press("8")
            assert names_in(ui.tasks()) == BY_NUMBER["8"]


class TestSortOrder:
    async def test_key_reverses_the_order(self, four_tasks: Account, clock: FakeClock) -> None:
        async with running_dashboard(four_tasks, clock) as ui:
            await ui.press("S")
            assert names_in(ui.tasks()) == NEWEST_FIRST[::-1]
            await ui.press("s", "3", "S")
            assert names_in(ui.tasks())[-1] == "beta", "the one with the most URLs"
            await ui.press("S")
            assert names_in(ui.tasks()) == BY_NUMBER["3"]

    async def test_click_on_a_header_sorts_and_the_next_one_reverses(
        self, four_tasks: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(four_tasks, clock) as ui:
            for label, first in [("Status", "gamma"), ("Kind", "beta"), ("URLs", "beta"), ("URL ", "alpha")]:
                await click_header(ui, label)
                assert names_in(ui.tasks())[0] == first, label
            for label, first in [("Status", "gamma"), ("Kind", "beta"), ("URLs", "beta"), ("URL ", "alpha")]:
                await ui.press("s", "7")
                await click_header(ui, label, times=2)
                assert names_in(ui.tasks())[0] != first, label
            assert ui.selected is not None
            assert ui.dashboard.tasks.has_focus

    async def test_header_shows_one_sort_indicator(self, four_tasks: Account, clock: FakeClock) -> None:
        async with running_dashboard(four_tasks, clock, size=(220, 28)) as ui:
            assert sort_indicators(ui) == ["Created UTC ▼"]
            for keys, indicator in [
                ("S", "Created UTC ▲"),
                ("s1", "Status ▲"),
                ("s1", "Status ▼"),
                ("s4", "Time ▼"),
                ("s8", "URL ▲"),
            ]:
                await ui.press(*keys)
                assert sort_indicators(ui) == [indicator]
                assert filter_summary(ui) == ""

    async def test_filter_bar_says_the_order_of_a_column_that_is_not_shown(
        self, four_tasks: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(four_tasks, clock, size=(80, 24)) as ui:
            assert filter_summary(ui) == "", "the usual order"
            for keys, said in [
                ("S", "by Created"),
                ("s6", "by Type"),
                ("s6", "by Type, descending"),
                ("s9", "by Task id"),
                ("s1", ""),
            ]:
                await ui.press(*keys)
                assert filter_summary(ui) == said
            await ui.press("s", "6")
            await ui.pilot.resize_terminal(220, 28)
            await ui.settle(lambda: not filter_summary(ui))
            assert sort_indicators(ui) == ["Type ▲"]

    async def test_task_id_is_in_the_menu_without_a_column(self, four_tasks: Account, clock: FakeClock) -> None:
        async with running_dashboard(four_tasks, clock, size=(220, 28)) as ui:
            await ui.press("s", "9")
            ids = [ui.dashboard.tasks.view.key_at(row).id for row in range(4)]
            assert ids == sorted(ids)
            assert not any(task_id in row for task_id in ids for row in ui.tasks())

    @pytest.mark.parametrize("keys", [["s", "8"], ["S"], ["s", "8", "S"]])
    async def test_new_order_is_shown_from_its_first_row(self, clock: FakeClock, keys: list[str]) -> None:
        simulated = account(clock)
        for number in range(60):
            add(simulated, f"task-{number:02d}", ago=60.0 + number * 7 % 60)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("G", *["k"] * 5)
            await ui.press(*keys)
            table = ui.dashboard.tasks
            assert (table.cursor_index, table.scroll_offset.y, ui.cursor_line) == (0, 0, 0)
            await ui.press("enter", *["j"])
            shown = ui.dashboard.details.shown
            assert shown is not None
            assert shown.key == table.view.key_at(0)

    async def test_order_of_an_empty_list_gives_up_no_task(self, four_tasks: Account, clock: FakeClock) -> None:
        async with running_dashboard(four_tasks, clock) as ui:
            await ui.press("j", "j")
            selected = ui.selected
            await ui.press("/", *"nowhere", "enter", "s", "8", "escape")
            assert names_in(ui.tasks()) == BY_NUMBER["8"]
            assert ui.selected == selected

    async def test_click_on_a_header_shows_the_first_row(self, clock: FakeClock) -> None:
        simulated = account(clock)
        for number in range(60):
            add(simulated, f"task-{number:02d}", ago=60.0 + number)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("G")
            await click_header(ui, "Time")
            assert ui.dashboard.tasks.cursor_index == 0
            assert names_in(ui.tasks())[0] == names_in([ui.tasks()[ui.cursor_line]])[0]

    async def test_order_holds_while_tasks_arrive_and_change(self, clock: FakeClock) -> None:
        simulated = account(clock)
        for number in range(8):
            add(simulated, f"task-{number}", ago=number, work=60.0 + 150.0 * ((number * 3) % 8))
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("s", "2", "j", "j")
            chosen, moved = ui.selected, set()
            for round_ in range(8):
                add(simulated, f"new-{round_}", work=10.0 + 20.0 * round_)
                await ui.pass_time(11)
                percents = [percent_of(row) for row in ui.tasks()]
                assert len(percents) == 9 + round_
                assert percents == sorted(percents)
                assert ui.selected == chosen
                moved.add(ui.dashboard.tasks.cursor_index)
            assert len(moved) > 1, "the selected task has moved as well"
