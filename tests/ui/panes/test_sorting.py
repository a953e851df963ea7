"""Sorting: the menu, the key that turns it round, and the columns' heads; both lists, each on its own."""

import re

import pytest
from textual.widgets import OptionList

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard
from support.screen.table import painted
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER
from ucdn_tui.ui.dialogs.picker import Picker

NEWEST_FIRST = ["alpha", "beta", "gamma", "delta"]

BY_NUMBER = {
    "1": ["gamma", "delta", "beta", "alpha"],  # status: process, wait, failure, success
    "2": ["delta", "gamma", "beta", "alpha"],  # progress
    "3": ["beta", "alpha", "gamma", "delta"],  # URLs, the most first; equals newest first
    "4": ["delta", "gamma", "alpha", "beta"],  # time, the longest first: what still runs
    "5": ["beta", "delta", "alpha", "gamma"],  # kind
    "6": ["gamma", "alpha", "beta", "delta"],  # type; what has none comes last
    "7": ["delta", "gamma", "beta", "alpha"],  # created: it was sorted by that, so it is turned round
    "8": ["alpha", "beta", "delta", "gamma"],  # URL
}


@pytest.fixture
def four(clock: FakeClock) -> Account:
    """An account with four tasks that each column sorts in its own way."""
    simulated = account(clock)
    add(simulated, "alpha", ago=500, work=60.0)
    add(simulated, "beta", ago=510, count=20, kind="prefetch", work=30.0, failing=(0,))
    add(simulated, "gamma", ago=520, type="dir", work=2000.0)
    add(simulated, "delta", ago=530, kind="prefetch", queue=NEVER)
    return simulated


def named(ui: DashboardHarness) -> list[str]:
    """Return the tasks' names, from the top."""
    return [match[1] for row in ui.tasks() if (match := re.search(r"cdn\.test/(.+?)-\d+\.jpg", row))]


def sort_marks(ui: DashboardHarness) -> list[str]:
    """Return the words of the head that have a mark of order behind them, with it."""
    return re.findall(r"\S+ [▲▼]", painted(ui.dashboard.tasks)[0])


def urls(ui: DashboardHarness) -> list[int]:
    """Return the numbers of the URLs, from the top."""
    return [int(match[1]) for row in ui.urls() if (match := re.search(r"-(\d+)\.jpg", row))]


async def click_head(ui: DashboardHarness, label: str, *, of_urls: bool = False) -> None:
    table = ui.dashboard.details.table if of_urls else ui.dashboard.tasks
    assert await ui.pilot.click(table, offset=(painted(table)[0].index(label), 0))
    await ui.pilot.pause()


class TestTheMenu:
    async def test_sorts_by_the_column_of_that_number(self, four: Account, clock: FakeClock) -> None:
        async with running_dashboard(four, clock) as ui:
            assert named(ui) == NEWEST_FIRST
            for number, order in BY_NUMBER.items():
                await ui.press("s", number)
                assert ui.app.screen is ui.dashboard
                assert named(ui) == order, number
                await ui.press("s", "7")  # back to the newest first
                if number == "7":
                    continue
                assert named(ui) == NEWEST_FIRST
            assert ui.dashboard.tasks.has_focus

    async def test_begins_at_the_present_column_and_takes_enter_j_and_k(self, four: Account, clock: FakeClock) -> None:
        async with running_dashboard(four, clock) as ui:
            await ui.press("s")
            assert "Sort by" in ui.screen()
            assert "7 Created" in ui.screen()
            assert ui.app.screen.query_one(OptionList).highlighted == 6
            await ui.press("j", "j", "k", "enter")
            assert named(ui) == BY_NUMBER["8"]
            await ui.press("s", "up", "up", "enter")
            assert named(ui) == BY_NUMBER["6"]

    async def test_takes_a_click(self, four: Account, clock: FakeClock) -> None:
        async with running_dashboard(four, clock) as ui:
            await ui.press("s")
            assert await ui.pilot.click(OptionList, offset=(5, 0))
            await ui.pilot.pause()
            assert named(ui) == BY_NUMBER["1"]

    async def test_turns_the_order_round_where_the_column_is_the_same(self, four: Account, clock: FakeClock) -> None:
        async with running_dashboard(four, clock) as ui:
            await ui.press("s", "8", "s", "8")
            assert named(ui) == BY_NUMBER["8"][::-1]

    @pytest.mark.parametrize("key", ["escape", "q"])
    async def test_changes_nothing_when_it_is_closed(self, four: Account, clock: FakeClock, key: str) -> None:
        async with running_dashboard(four, clock) as ui:
            await ui.press("s", "j", key)
            assert (ui.app.screen, ui.app.return_code) == (ui.dashboard, None)
            assert named(ui) == NEWEST_FIRST

    async def test_has_the_same_numbers_while_tasks_are_marked(self, four: Account, clock: FakeClock) -> None:
        async with running_dashboard(four, clock) as ui:
            await ui.press("G", "space", "s")
            picker = ui.app.screen
            assert isinstance(picker, Picker)
            assert "1 Status" in ui.screen()
            await ui.press("8")
            assert named(ui) == BY_NUMBER["8"]


class TestTheOrder:
    async def test_is_turned_round_by_a_key(self, four: Account, clock: FakeClock) -> None:
        async with running_dashboard(four, clock) as ui:
            await ui.press("S")
            assert named(ui) == NEWEST_FIRST[::-1]
            await ui.press("s", "3", "S")
            assert named(ui)[-1] == "beta", "the one with the most URLs"
            await ui.press("S")
            assert named(ui) == BY_NUMBER["3"]

    async def test_is_chosen_by_a_click_on_a_head_and_turned_round_by_the_next(
        self, four: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(four, clock) as ui:
            for label, first in [("Status", "gamma"), ("Kind", "beta"), ("URLs", "beta"), ("URL ", "alpha")]:
                await click_head(ui, label)
                order = named(ui)
                assert order[0] == first, label
                await click_head(ui, label)
                assert named(ui)[0] != first, label
            assert ui.selected is not None
            assert ui.dashboard.tasks.has_focus

    async def test_is_shown_in_the_head_by_one_mark(self, four: Account, clock: FakeClock) -> None:
        async with running_dashboard(four, clock, size=(220, 28)) as ui:
            assert sort_marks(ui) == ["Created ▼"]
            for keys, mark in [
                ("S", "Created ▲"),
                ("s1", "Status ▲"),
                ("s1", "Status ▼"),
                ("s4", "Time ▼"),
                ("s9", "id ▲"),
            ]:
                await ui.press(*keys)
                assert sort_marks(ui) == [mark]

    async def test_is_kept_while_tasks_move_come_and_end(self, clock: FakeClock) -> None:
        simulated = account(clock)
        for number in range(8):
            add(simulated, f"task-{number}", ago=number, work=60.0 + 150.0 * ((number * 3) % 8))
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("s", "2", "j", "j")
            chosen, moved = ui.selected, set()
            for round_ in range(8):
                add(simulated, f"new-{round_}", work=10.0 + 20.0 * round_)
                await ui.pass_time(11)
                percents = [int(match[1]) for row in ui.tasks() if (match := re.search(r" (\d+)% ", row))]
                assert len(percents) == 9 + round_
                assert percents == sorted(percents)
                assert ui.selected == chosen
                moved.add(ui.dashboard.tasks.cursor_index)
            assert len(moved) > 1, "the selected one has moved, too"


class TestTheUrls:
    async def test_stand_as_the_api_lists_them_until_somebody_sorts_them_and_again(
        self, four: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(four, clock) as ui:
            await ui.press("j", "enter", "S")
            listed = list(range(1, 21))
            assert urls(ui) == listed, "there is nothing to turn round"
            await ui.press("s")
            assert "1 as the API lists them" in ui.screen()
            await ui.press("5")
            assert urls(ui) == sorted(listed, key=str)
            await ui.press("s", "5")
            assert urls(ui) == sorted(listed, key=str, reverse=True)
            await ui.press("s", "2")
            assert urls(ui) == listed, "the one that failed first"
            await ui.press("S")
            assert urls(ui) == [*range(2, 21), 1]
            await ui.press("s", "1")
            assert urls(ui) == listed
            assert named(ui) == NEWEST_FIRST

    async def test_are_sorted_by_a_click_on_a_head(self, four: Account, clock: FakeClock) -> None:
        async with running_dashboard(four, clock, size=(220, 28)) as ui:
            await ui.press("j")
            await click_head(ui, "Time", of_urls=True)
            seconds = [int(re.findall(r"(\d+)s ", row)[0]) for row in ui.urls()]
            assert seconds == sorted(seconds, reverse=True)
            assert seconds[0] > seconds[-1]
            await click_head(ui, "Time", of_urls=True)
            assert [int(re.findall(r"(\d+)s ", row)[0]) for row in ui.urls()] == seconds[::-1]
            assert "Time ▲" in painted(ui.dashboard.details.table)[0]
            assert named(ui) == NEWEST_FIRST

    async def test_keep_their_order_while_they_make_progress_and_for_the_next_task(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "one", count=12, work=100.0)
        add(simulated, "two", ago=5, count=12, work=100.0)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("enter", "s", "3", "S")
            seen = set()
            for _ in range(6):
                await ui.pass_time(11)
                percents = [int(re.findall(r"(\d+)%", row)[0]) for row in ui.urls()]
                assert percents == sorted(percents, reverse=True)
                seen.add(tuple(urls(ui)))
            assert len(seen) > 1
            await ui.press("escape", "j")
            percents = [int(re.findall(r"(\d+)%", row)[0]) for row in ui.urls()]
            assert percents == sorted(percents, reverse=True)
            assert percents[0] > percents[-1]
