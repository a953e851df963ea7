"""SubmitSession: one account's domains, quotas and journal behind one interface, for screens and scripts."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from ucdn_tui.api.models import TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.submit import domains
from ucdn_tui.submit.domains import AccountDomains
from ucdn_tui.submit.journal import Journal
from ucdn_tui.submit.models import Known, Plan
from ucdn_tui.submit.records import Submission
from ucdn_tui.submit.resolve import Client as SubmitClient
from ucdn_tui.submit.resolve import resolve
from ucdn_tui.submit.submitter import Progress, Submitter


class Client(SubmitClient, domains.Client, Protocol):
    """All actions that submitting needs."""

    @property
    def account(self) -> str:
        """Names the endpoint, the project and the keys' owner, without showing a key."""


class Api(Protocol):
    """Provides the client, which may have to be created first."""

    async def get(self) -> Client:
        """Return the client; raises UcdnTuiError."""


class SubmitSession:
    """What submitting for one account needs. Nothing is asked before it is needed."""

    def __init__(self, api: Api, clock: Clock, journal_path: Path | None) -> None:
        """Without a path, the journal is kept in memory only."""
        self.domains = AccountDomains(api, clock)
        self._api = api
        self._clock = clock
        self._path = journal_path
        self._journal: Journal | None = None
        self._resolving = asyncio.Lock()
        """Held while calls of earlier starts are looked up: until then nothing is submitted."""

    async def journal(self) -> Journal:
        """Return the account's journal; raises UcdnTuiError if the keys cannot be read."""
        if self._journal is None:
            self._journal = Journal(self._path, (await self._api.get()).account)
        return self._journal

    async def known(self, kind: TaskKind, running: Mapping[str, str]) -> Known:
        """Return what is known of the account, for a plan. `running` as in Known. Raises UcdnTuiError."""
        journal = await self.journal()
        await self.domains.load()
        domains = self.domains
        return Known(domains.facts, running, journal.doubtful(kind), domains.is_complete)

    async def seen(self) -> frozenset[str]:
        """Return the ids of the journal's submissions, for `Submitter.run`; raises UcdnTuiError."""
        return frozenset((await self.journal()).read())

    async def submitter(self, on_progress: Callable[[Progress], None]) -> Submitter:
        """Return a submitter for one plan; raises UcdnTuiError."""
        async with self._resolving:
            return Submitter(self._api, await self.journal(), self._clock, on_progress)

    async def resolve(self) -> list["Earlier"]:
        """Find out what became of calls of earlier starts; see `resolve.resolve`. Raises UcdnTuiError."""
        async with self._resolving:
            journal = await self.journal()
            interrupted = {key for key, each in journal.read().items() if not each.is_over}
            if not interrupted and not journal.unresolved():
                return []
            found = await resolve(self._api, journal, self._clock)
            return [Earlier(each, each.id in interrupted, journal.accepted_after(each)) for each in found]


class Earlier(NamedTuple):
    """A submission of an earlier start, of which something was found out."""

    submission: Submission
    was_interrupted: bool
    """Whether the program ended before all its calls were made."""

    superseded: frozenset[str]
    """Its URLs, by `identity`, that were submitted after it."""


def hosts(plan: Plan) -> list[str]:
    """Return the plan's hosts, each once, in the order of its URLs."""
    return list(dict.fromkeys(entry.host for entry in plan.accepted))
