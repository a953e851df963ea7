"""The form in a running dashboard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.events import Paste
from textual.widgets import Static

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, running_dashboard, text_of
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.submit.screen import SubmitScreen

IMG = "https://img.example.com/"


def urls(count: int, folder: str = IMG) -> list[str]:
    return [f"{folder}{number}.jpg" for number in range(count)]


@asynccontextmanager
async def form(clock: FakeClock, simulated: Account | None = None, **options: Any) -> AsyncIterator[DashboardHarness]:
    """Open the form over the dashboard of an account."""
    async with running_dashboard(simulated or account(clock), clock, notifications=True, **options) as ui:
        await ui.press("n")
        yield ui


def screen_of(ui: DashboardHarness) -> SubmitScreen:
    return next(screen for screen in ui.app.screen_stack if isinstance(screen, SubmitScreen))


def preview(ui: DashboardHarness) -> str:
    return text_of(screen_of(ui).query_one("#summary", Static))


def message(ui: DashboardHarness) -> str:
    return text_of(screen_of(ui).query_one("#message", Static))


async def paste(ui: DashboardHarness, text: str, until: str = " in ") -> None:
    """Paste a text and wait until the preview shows `until`."""
    ui.app.post_message(Paste(text))
    await ui.settle(lambda: until in preview(ui))


async def submit(ui: DashboardHarness) -> None:
    """Press the key that submits, and wait until the calls are done."""
    await ui.press("ctrl+s")
    await ui.settle(lambda: not isinstance(ui.app.screen, SubmitScreen) or message(ui))


def submitted(ui: DashboardHarness) -> dict[str, int]:
    """Return how many times the account accepted each URL."""
    return {url: count for (_kind, url), count in ui.service.submitted.items()}
