"""Finding among a task's URLs: the same keys, on the other list, each on its own."""

import re
from typing import Any

import pytest
from textual.widgets import Static

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard, text_of
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.table.live_table import LiveTable


@pytest.fixture
def two(clock: FakeClock) -> Account:
    """An account with two tasks: one that is over and has failed in part, and one that goes on for a while."""
    simulated = account(clock)
    add(simulated, "over", ago=500, count=12, failing=(2, 7))
    add(simulated, "runs", ago=501, count=12, queue=461.0, work=100.0)
    return simulated


def numbers(ui: DashboardHarness) -> list[int]:
    """Return which URLs of the task are listed."""
    return [int(match[1]) for row in ui.urls() if (match := re.search(r"-(\d+)\.jpg", row))]


def line(ui: DashboardHarness) -> str:
    bar = ui.dashboard.query_one("#url-filter")
    return text_of(bar.query_one("#found", Static)) if bar.display else ""


def marked(table: LiveTable[Any, Any]) -> list[str]:
    strips = table.render_lines(table.size.region)[1:]
    return [segment.text for strip in strips for segment in strip if segment.style and segment.style.underline]


async def test_the_keys_narrow_the_list_in_which_one_is(two: Account, clock: FakeClock) -> None:
    async with running_dashboard(two, clock) as ui:
        await ui.press("enter")
        for keys, found, says in [
            (["3"], [3, 8], "failure · 2 of 12"),
            (["4"], [1, 2, 4, 5, 6, 7, 9, 10, 11, 12], "success · 10 of 12"),
            (["slash", *"-1", "enter"], [1, 10, 11, 12], "success · 4 of 12"),
            (["0"], [1, 10, 11, 12], "4 of 12"),
            (["slash", *"!-1", "down"], [2, 3, 4, 5, 6, 7, 8, 9], "8 of 12"),
            (["slash", *"fail", "tab"], [3, 8], "2 of 12"),
            (["escape"], [*range(1, 13)], ""),
            (["a"], [], "active · 0 of 12"),
        ]:
            await ui.press(*keys)
            assert (numbers(ui), line(ui)) == (found, says), keys
            assert ui.dashboard.details.table.has_focus
        assert ui.urls() == ["No URL of this task fits.", "Escape shows all of them."]
        assert len(ui.tasks()) == 2
        await ui.press("escape")
        assert (len(ui.urls()), line(ui)) == (12, "")


async def test_urls_that_fit_no_more_go_while_one_looks_and_the_selected_one_stays(
    two: Account, clock: FakeClock
) -> None:
    async with running_dashboard(two, clock) as ui:
        await ui.press("j", "enter", "1")
        left = numbers(ui)
        await ui.press("G")
        last, kept = ui.dashboard.details.table.cursor_key, 0
        for _ in range(4):
            await ui.pass_time(11)
            running = [row for row in ui.urls() if "jpg" in row]
            assert all("process" in row for row in running)
            assert line(ui) == f"process · {len(running)} of 12"
            if last in [url.key for url in ui.dashboard.details.listed][1:]:
                assert ui.dashboard.details.table.cursor_key == last
                kept += 1
        assert kept
        assert numbers(ui) != left
        await ui.pass_time(22)
        assert (numbers(ui), line(ui)) == ([], "process · 0 of 12")
        await ui.press("1")
        assert ui.dashboard.details.table.cursor_key == last, "it is back where all are shown"


async def test_what_the_tasks_were_looked_for_by_is_marked_here_too(two: Account, clock: FakeClock) -> None:
    async with running_dashboard(two, clock) as ui:
        urls = ui.dashboard.details.table
        await ui.press("slash", *"over-11", "enter")
        assert marked(urls) == ["over-11"]
        await ui.press("escape")
        assert marked(urls) == []
        await ui.press("slash", *"over-11", "enter")
        await ui.press("enter", "slash", *"r-8", "enter")
        assert marked(urls) == ["r-8"], "what is looked for here goes first"
        await ui.press("escape")
        assert marked(urls) == ["over-11"]
        assert marked(ui.dashboard.tasks) == [" +11"]
        await ui.press("3")
        assert marked(urls) == [], "neither of the two that failed has it"
        assert numbers(ui) == [3, 8]


async def test_the_line_to_type_in_belongs_to_the_list_that_is_seen_in_a_small_terminal(
    two: Account, clock: FakeClock
) -> None:
    async with running_dashboard(two, clock, size=(50, 14)) as ui:
        await ui.press("slash", *"runs", "enter", "enter", "slash", *"-3", "enter")
        assert numbers(ui) == [3]
        assert "1 of 12" in ui.screen()
        await ui.press("escape", "escape")
        assert "1 of 2" in ui.screen()
        assert len(ui.tasks()) == 1
