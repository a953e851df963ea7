"""The app over a simulated account, both on one clock: deterministic and without a network."""

import asyncio
import time
from datetime import UTC
from pathlib import Path
from typing import Any

import httpx
from textual.app import App
from textual.pilot import Pilot

from support import PATIENCE
from support.screen.edges import simulated_edges
from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import ConfigFile
from ucdn_tui.account.connection import Connection
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.clock import Clock
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account as Simulated
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.transport import SimulatorTransport
from ucdn_tui.ui.app import UcdnApp
from ucdn_tui.ui.dashboard import Dashboard
from ucdn_tui.ui.text.glyphs import UNICODE, Glyphs

ENDPOINT = "https://api.example.com"
NOWHERE = Path("/nowhere")


def client_of(simulated: Simulated, clock: Clock, transport: SimulatorTransport | None = None) -> UcdnClient:
    """Return a real client for a simulated account."""
    keys = Keys(simulated.public_key, Secret(simulated.private_key))
    return UcdnClient(ENDPOINT, keys, clock, transport=transport or SimulatorTransport(Service(simulated)))


def app_of(
    simulated: Simulated,
    clock: Clock,
    *,
    glyphs: Glyphs = UNICODE,
    interval: float | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    profile: str = "demo",
    **options: Any,
) -> UcdnApp:
    """Return the app over a simulated account. Times of day are in UTC, and there are no saved profiles.

    `options` are passed to `UcdnApp`: preferences, state_file, features, window; edges (by default the account's own).
    """
    used_transport = transport or SimulatorTransport(Service(simulated))
    accounts = Accounts(ConfigFile(NOWHERE), clock, transport=lambda: used_transport, home=NOWHERE)
    keys = Keys(simulated.public_key, Secret(simulated.private_key))
    connection = Connection(profile, keys, ENDPOINT, simulated.default_project)
    options = {"edges": simulated_edges(simulated, clock), **options}
    return UcdnApp(accounts, connection, clock, glyphs, interval=interval, zone=UTC, **options)


def dashboard_of(app: UcdnApp) -> Dashboard:
    """Return the dashboard, also while a dialog covers it."""
    return next(screen for screen in app.screen_stack if isinstance(screen, Dashboard))


def text_of_screen(app: App[Any]) -> str:
    """Return the text of the screen, line by line, without blanks at the ends."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def loaded(app: UcdnApp, pilot: Pilot[None]) -> Dashboard:
    """Wait until the whole window is loaded, and return the dashboard."""
    dashboard, end = dashboard_of(app), time.monotonic() + PATIENCE
    while dashboard.is_loading:
        assert time.monotonic() < end, "the first full scan does not end"
        await asyncio.sleep(0.005)  # lets the thread that creates the client run
        await pilot.pause()
    await pilot.pause()
    return dashboard
