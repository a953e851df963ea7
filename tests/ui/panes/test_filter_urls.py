"""Filtering a task's URLs: the same keys as for tasks, with a filter of its own."""

import pytest

from support.clock import FakeClock
from support.screen.dashboard import account, add, running_dashboard
from support.screen.lists import filter_summary, highlighted, url_numbers
from ucdn_tui.simulator.account import Account


@pytest.fixture
def two_tasks(clock: FakeClock) -> Account:
    """An account with two tasks: one that failed in part, and one that is still running."""
    simulated = account(clock)
    add(simulated, "over", ago=500, count=12, failing=(2, 7))
    add(simulated, "runs", ago=501, count=12, queue=461.0, work=100.0)
    return simulated


async def test_keys_filter_the_focused_list(two_tasks: Account, clock: FakeClock) -> None:
    async with running_dashboard(two_tasks, clock) as ui:
        await ui.press("enter")
        for keys, found, summary in [
            (["3"], [3, 8], "failed · 2 of 12"),
            (["4"], [1, 2, 4, 5, 6, 7, 9, 10, 11, 12], "success · 10 of 12"),
            (["slash", *"-1", "enter"], [1, 10, 11, 12], "success · 4 of 12"),
            (["4"], [1, 10, 11, 12], "4 of 12"),
            (["0"], [*range(1, 13)], ""),
            (["slash", *"!-1", "down"], [2, 3, 4, 5, 6, 7, 8, 9], "8 of 12"),
            (["slash", *"fail", "tab"], [3, 8], "2 of 12"),
            (["escape"], [*range(1, 13)], ""),
            (["a"], [], "active · 0 of 12"),
        ]:
            await ui.press(*keys)
            assert (url_numbers(ui), filter_summary(ui, of_urls=True)) == (found, summary), keys
            assert ui.dashboard.details.table.has_focus
        assert ui.urls() == ["No matches (12 hidden).", "Esc clears the filter."]
        assert len(ui.tasks()) == 2
        await ui.press("escape")
        assert (len(ui.urls()), filter_summary(ui, of_urls=True)) == (12, "")


async def test_urls_that_no_longer_match_go_and_the_selected_one_stays(two_tasks: Account, clock: FakeClock) -> None:
    async with running_dashboard(two_tasks, clock) as ui:
        await ui.press("j", "enter", "1")
        left = url_numbers(ui)
        await ui.press("G")
        last, still_selected = ui.dashboard.details.table.cursor_key, 0
        for _ in range(4):
            await ui.pass_time(11)
            running = [row for row in ui.urls() if "jpg" in row]
            assert all("running" in row for row in running)
            assert filter_summary(ui, of_urls=True) == f"running · {len(running)} of 12"
            if last in [url.key for url in ui.dashboard.details.listed][1:]:
                assert ui.dashboard.details.table.cursor_key == last
                still_selected += 1
        assert still_selected
        assert url_numbers(ui) != left
        await ui.pass_time(22)
        assert (url_numbers(ui), filter_summary(ui, of_urls=True)) == ([], "running · 0 of 12")
        await ui.press("1")
        assert ui.dashboard.details.table.cursor_key == last, "it is selected again as soon as it is shown"


async def test_matches_of_the_task_filter_are_highlighted_here_too(two_tasks: Account, clock: FakeClock) -> None:
    async with running_dashboard(two_tasks, clock) as ui:
        urls = ui.dashboard.details.table
        await ui.press("slash", *"over-11", "enter")
        assert highlighted(urls) == ["over-11"]
        await ui.press("escape")
        assert highlighted(urls) == []
        await ui.press("slash", *"over-11", "enter")
        await ui.press("enter", "slash", *"r-8", "enter")
        assert highlighted(urls) == ["r-8"], "the filter of this list takes precedence"
        await ui.press("escape")
        assert highlighted(urls) == ["over-11"]
        assert highlighted(ui.dashboard.tasks) == ["over-11"], "the row shows the URL that matches"
        await ui.press("3")
        assert highlighted(urls) == [], "neither of the two failed URLs matches"
        assert url_numbers(ui) == [3, 8]


async def test_small_terminal_shows_the_filter_bar_of_the_visible_list(two_tasks: Account, clock: FakeClock) -> None:
    async with running_dashboard(two_tasks, clock, size=(50, 14)) as ui:
        await ui.press("slash", *"runs", "enter", "enter", "slash", *"-3", "enter")
        assert url_numbers(ui) == [3]
        assert "1 of 12" in ui.screen()
        await ui.press("escape", "escape")
        assert "1 of 2" in ui.screen()
        assert len(ui.tasks()) == 1
