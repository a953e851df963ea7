"""A session over an account."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from support.clock import FakeClock
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.api.models import Task
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.watch.session import WatchSession
from watch.transport import ScriptedTransport

WORK = {"queue": 0.0, "ago": 0.0}


@asynccontextmanager
async def session_over(
    account: Account, clock: FakeClock, transport: ScriptedTransport | None = None
) -> AsyncIterator[WatchSession]:
    """Watch the account in a session with an interval of five seconds."""
    transport = transport or ScriptedTransport(Service(account), clock)
    keys = Keys(account.public_key, Secret(account.private_key))
    async with (
        UcdnClient("https://api.example.com", keys, clock, transport=transport) as client,
        WatchSession(client, clock, random=Random(1)) as session,
    ):
        yield session


async def collect(session: WatchSession, ended: list[Task]) -> None:
    async for update in session:
        ended += update.ended
