"""Toasts: an answer to a key replaces the answer before; reports of events stay."""

from typing import Any

import pytest

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, running_dashboard
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.app import UcdnApp


@pytest.fixture
def empty(clock: FakeClock) -> Account:
    return account(clock)


@pytest.fixture(autouse=True)
def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make toasts stay, so that one that has gone was replaced."""
    monkeypatch.setattr(UcdnApp, "NOTIFICATION_TIMEOUT", 3600.0)


def toasts(ui: DashboardHarness) -> list[str]:
    """Return the texts of the toasts on the screen, from the top."""
    return [str(toast.render()) for toast in ui.app.screen.query("Toast")]


def say(ui: DashboardHarness, text: str, **options: Any) -> None:
    ui.app.notify(text, markup=False, **options)


async def test_the_last_interval_replaces_those_before(empty: Account, clock: FakeClock) -> None:
    async with running_dashboard(empty, clock, notifications=True) as ui:
        await ui.press(*"++--")
        await ui.settle(lambda: toasts(ui) == ["Poll every 5s (20s when idle)"])
        assert len(ui.app.screen.query("ToastHolder")) <= 2, "the containers of replaced toasts are kept"


async def test_the_interval_is_shown_also_where_it_cannot_be_shorter(empty: Account, clock: FakeClock) -> None:
    async with running_dashboard(empty, clock, notifications=True, interval=1.0) as ui:
        await ui.press("+")
        await ui.settle(lambda: toasts(ui) == ["Poll every 1s (4s when idle)"])


async def test_answers_replace_each_other_whatever_they_are_about(empty: Account, clock: FakeClock) -> None:
    async with running_dashboard(empty, clock, notifications=True) as ui:
        await ui.press("y")
        await ui.settle(lambda: toasts(ui) == ["No task is selected."])
        await ui.press("o", "E")
        await ui.settle(lambda: toasts(ui) == ["Nothing to export."])


async def test_reports_of_events_stay(empty: Account, clock: FakeClock) -> None:
    async with running_dashboard(empty, clock, notifications=True) as ui:
        say(ui, "one", title="Refresh finished")
        say(ui, "two", title="Refresh finished")
        await ui.press("+", "-")
        await ui.settle(lambda: len(toasts(ui)) == 3 and "Poll every 5s" in toasts(ui)[-1])
        assert toasts(ui)[:2] == ["Refresh finished\none", "Refresh finished\ntwo"]


async def test_an_error_is_replaced_only_by_the_next_error(empty: Account, clock: FakeClock) -> None:
    async with running_dashboard(empty, clock, notifications=True) as ui:
        say(ui, "Export failed", severity="error")
        await ui.press("+")
        await ui.settle(lambda: toasts(ui) == ["Export failed", "Poll every 2s (8s when idle)"])
        say(ui, "Failed again", severity="error")
        await ui.settle(lambda: toasts(ui) == ["Poll every 2s (8s when idle)", "Failed again"])
