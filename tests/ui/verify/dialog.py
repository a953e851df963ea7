"""Drives the dialog over real edge servers on loopback."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from textual.widgets import Static

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, rows_of, running_dashboard, text_of
from support.screen.edges import edges_at
from support.servers.raw_server import Behaviour, RawServer, answer
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.verify.screen import VerifyDialog
from ucdn_tui.ui.verify.table import CheckTable

ADDRESSES = ("127.0.0.1", "::ffff:127.0.0.1")
"""Two addresses of one server."""


def edge(tiers: str, age: int | None = None, **headers: str) -> Behaviour:
    """Answer as an edge does."""
    sent: dict[str, str | None] = {"X-Via-Ucdn": tiers, **({} if age is None else {"Age": str(age)}), **headers}
    return answer(b"", 200, sent)


OLD = edge("HIT by 192.0.2.1, HIT by 192.0.2.9", 86_400, ETag='"1"')
GONE = edge("MISS by 192.0.2.1, MISS by 192.0.2.9")


def dialog_of(ui: DashboardHarness) -> VerifyDialog:
    return next(screen for screen in ui.app.screen_stack if isinstance(screen, VerifyDialog))


def rows(ui: DashboardHarness) -> list[str]:
    return [" ".join(row.split()) for row in rows_of(dialog_of(ui).query_one(CheckTable))]


def part(ui: DashboardHarness, name: str) -> str:
    """Return the text of #summary, #detail-text or #diagnosis-text."""
    return text_of(dialog_of(ui).query_one(name, Static))


def summary(ui: DashboardHarness) -> str:
    return part(ui, "#summary")


async def answered(ui: DashboardHarness) -> None:
    """Wait until a round has ended."""
    await ui.settle(lambda: "seen from here" in summary(ui))


@asynccontextmanager
async def verifying(
    clock: FakeClock,
    server: RawServer,
    *,
    count: int = 1,
    addresses: tuple[str, ...] = ADDRESSES,
    task: Mapping[str, Any] | None = None,
    keys: tuple[str, ...] = ("v",),
    **options: Any,
) -> AsyncIterator[DashboardHarness]:
    """Run the program over one task, a refresh that has ended by default, and press keys."""
    simulated = account(clock)
    add(simulated, server, count, **(task or {}))
    edges = edges_at(clock, {"cdn.test": addresses})
    async with running_dashboard(simulated, clock, edges=edges, notifications=True, **options) as ui:
        await ui.press(*keys)
        yield ui


def add(simulated: Account, server: RawServer, count: int = 1, **options: Any) -> str:
    """Add a task whose URLs are on the server; by default it has ended a minute ago."""
    kind = options.pop("kind", "refresh")
    urls = [f"http://cdn.test:{server.port}/{number}.jpg" for number in range(1, count + 1)]
    options = {"created": simulated.now() - 120, "queue": 0.0, "work": 60.0, **options}
    return simulated.add(kind, urls, **options)


def after(gate: asyncio.Event, behaviour: Behaviour) -> Behaviour:
    """Wait for the event, then behave."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await gate.wait()
        return await behaviour(reader, writer)

    return behave
