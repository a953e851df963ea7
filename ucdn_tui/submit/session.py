"""SubmitSession: one account's domains, quotas and journal behind one interface, for screens and scripts."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from ucdn_tui.api.models import TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.submit import domains, submitter
from ucdn_tui.submit.domains import AccountDomains
from ucdn_tui.submit.journal import Journal, Submission
from ucdn_tui.submit.plan import Known, Plan
from ucdn_tui.submit.submitter import Progress, Submitter, resolve


class Client(submitter.Client, domains.Client, Protocol):
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

    async def journal(self) -> Journal:
        """Return the account's journal; raises UcdnTuiError if the keys cannot be read."""
        if self._journal is None:
            self._journal = Journal(self._path, (await self._api.get()).account)
        return self._journal

    async def known(self, kind: TaskKind, running: Mapping[str, str]) -> Known:
        """Return what is known of the account, for a plan. `running` as in Known. Raises UcdnTuiError."""
        journal = await self.journal()
        await self.domains.load()
        return Known(self.domains.facts, running, journal.doubtful(kind))

    async def seen(self) -> frozenset[str]:
        """Return the ids of the journal's submissions, for `Submitter.run`; raises UcdnTuiError."""
        return frozenset((await self.journal()).read())

    async def submitter(self, on_progress: Callable[[Progress], None]) -> Submitter:
        """Return a submitter for one plan; raises UcdnTuiError."""
        return Submitter(self._api, await self.journal(), self._clock, on_progress)

    async def resolve(self) -> list[Submission]:
        """Find out what became of calls of earlier starts; see `submitter.resolve`. Raises UcdnTuiError."""
        journal = await self.journal()
        if not journal.unresolved() and all(each.is_over for each in journal.read().values()):
            return []
        return await resolve(self._api, journal, self._clock)


def hosts(plan: Plan) -> list[str]:
    """Return the plan's hosts, each once, in the order of its URLs."""
    return list(dict.fromkeys(entry.host for entry in plan.accepted))
