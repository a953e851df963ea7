"""Sorting a task's URLs: the API's order, each column, and what stays selected."""

import re

from support.clock import FakeClock
from support.screen.dashboard import account, add, running_dashboard
from support.screen.lists import names_in, url_numbers
from support.screen.table import painted
from ucdn_tui.simulator.account import Account
from ui.panes.sorting.four_tasks import NEWEST_FIRST, click_header, percent_of


class TestUrls:
    async def test_urls_are_in_api_order_until_sorted_and_can_return_to_it(
        self, four_tasks: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(four_tasks, clock) as ui:
            await ui.press("j", "enter", "S")
            listed = list(range(1, 21))
            assert url_numbers(ui) == listed, "API order has no reverse"
            await ui.press("s")
            assert "1 API order" in ui.screen()
            await ui.press("5")
            assert url_numbers(ui) == sorted(listed, key=str)
            await ui.press("s", "5")
            assert url_numbers(ui) == sorted(listed, key=str, reverse=True)
            await ui.press("s", "2")
            assert url_numbers(ui) == listed, "the failed one first"
            await ui.press("S")
            assert url_numbers(ui) == [*range(2, 21), 1]
            await ui.press("s", "1")
            assert url_numbers(ui) == listed
            assert names_in(ui.tasks()) == NEWEST_FIRST

    async def test_new_order_is_shown_from_its_first_row(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "one", count=60)
        async with running_dashboard(simulated, clock) as ui:
            table = ui.dashboard.details.table
            await ui.press("enter", "G", "s", "5")
            assert (table.cursor_index, table.scroll_offset.y) == (0, 0)

    async def test_order_that_is_chosen_already_moves_nothing(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "one", count=12, work=100.0)
        async with running_dashboard(simulated, clock) as ui:
            table = ui.dashboard.details.table
            await ui.press("enter", "j", "j", "s", "1")
            assert table.cursor_index == 2
            await ui.pass_time(11)
            assert table.cursor_index == 2, "nor with the next answer"

    async def test_click_on_a_header_sorts_the_urls(self, four_tasks: Account, clock: FakeClock) -> None:
        async with running_dashboard(four_tasks, clock, size=(220, 28)) as ui:
            await ui.press("j")
            await click_header(ui, "Time", of_urls=True)
            seconds = [int(re.findall(r"(\d+)s ", row)[0]) for row in ui.urls()]
            assert seconds == sorted(seconds, reverse=True)
            assert seconds[0] > seconds[-1]
            await click_header(ui, "Time", of_urls=True)
            assert [int(re.findall(r"(\d+)s ", row)[0]) for row in ui.urls()] == seconds[::-1]
            assert "Time ▲" in painted(ui.dashboard.details.table)[0]
            assert names_in(ui.tasks()) == NEWEST_FIRST

    async def test_order_holds_during_progress_and_for_the_next_task(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "one", count=12, work=100.0)
        add(simulated, "two", ago=5, count=12, work=100.0)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("enter", "s", "3", "S")
            seen = set()
            for _ in range(6):
                await ui.pass_time(11)
                percents = list(map(percent_of, ui.urls()))
                assert percents == sorted(percents, reverse=True)
                seen.add(tuple(url_numbers(ui)))
            assert len(seen) > 1
            await ui.press("escape", "j")
            percents = list(map(percent_of, ui.urls()))
            assert percents == sorted(percents, reverse=True)
            assert percents[0] > percents[-1]
