"""`]` and `[` select the next and the previous failed row of the focused list."""

import pytest

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, add_waiting, running_dashboard
from support.screen.lists import filter_summary
from support.screen.notifications import Notifications, record_notifications
from ucdn_tui.simulator.account import Account


@pytest.fixture
def notifications(monkeypatch: pytest.MonkeyPatch) -> Notifications:
    return record_notifications(monkeypatch)


@pytest.fixture
def some_failed(clock: FakeClock) -> Account:
    """An account with five tasks: the second failed, so did two URLs of the fourth, and one of the last, which runs."""
    simulated = account(clock)
    add(simulated, "good", ago=500)
    add(simulated, "bad", ago=510, failing=(0,))
    add(simulated, "fine", ago=520)
    add(simulated, "partly", ago=530, count=6, failing=(1, 4), outcome="success")
    add(simulated, "runs", ago=540, count=2, stuck=(1,), failing=(0,))
    return simulated


def row(ui: DashboardHarness) -> int | None:
    return ui.dashboard.tasks.cursor_index


async def test_both_keys_wrap_around_the_ends(some_failed: Account, clock: FakeClock) -> None:
    async with running_dashboard(some_failed, clock) as ui:
        seen = []
        for key in "]]]][[[[":
            await ui.press(key)
            seen.append(row(ui))
        assert seen == [1, 3, 4, 1, 4, 3, 1, 4]


async def test_rows_that_are_not_listed_are_skipped(some_failed: Account, clock: FakeClock) -> None:
    async with running_dashboard(some_failed, clock) as ui:
        await ui.press("slash", *"!partly", "enter", "]", "]")
        assert row(ui) == 3
        await ui.press("]")
        assert row(ui) == 1


async def test_failed_urls_are_found_in_the_url_list(some_failed: Account, clock: FakeClock) -> None:
    async with running_dashboard(some_failed, clock) as ui:
        await ui.press("j", "j", "j", "enter")
        table, seen = ui.dashboard.details.table, []
        for key in "]]][":
            await ui.press(key)
            seen.append(table.cursor_index)
        assert (seen, row(ui)) == ([1, 4, 1, 4], 3)


async def test_a_toast_says_that_nothing_failed(
    clock: FakeClock, some_failed: Account, notifications: Notifications
) -> None:
    async with running_dashboard(some_failed, clock) as ui:
        await ui.press("slash", *"!runs !partly", "enter", "]")
        assert row(ui) == 1
        await ui.press("]")
        await ui.press("escape", "slash", *"good", "enter", "[")
        assert row(ui) == 0
        await ui.press("escape", "slash", *"nowhere", "enter", "]")
        assert row(ui) is None
        assert notifications.words() == [
            "Nothing else failed in this list.",
            "Nothing failed in this list.",
            "Nothing failed in this list.",
        ]


async def test_the_search_ends_following_and_scrolls_to_the_task(clock: FakeClock) -> None:
    simulated = account(clock)
    add_waiting(simulated, [f"t{number:02d}" for number in range(60)])
    add(simulated, "bad", ago=900, failing=(0,))
    async with running_dashboard(simulated, clock) as ui:
        await ui.press("f", "]")
        assert filter_summary(ui) == ""
        assert ui.tasks()[-1].endswith("bad-1.jpg")
        assert row(ui) == 60
