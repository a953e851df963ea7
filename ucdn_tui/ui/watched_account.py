"""The account that a dashboard watches, and what its status bar says."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ucdn_tui.ui.bars.status_bar import HeaderInfo
from ucdn_tui.ui.keys import bindings
from ucdn_tui.watch.session import WatchSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from ucdn_tui.api.client import UcdnClient
    from ucdn_tui.edge.session import EdgeSession
    from ucdn_tui.ui.submit.draft import Draft


class Closable(Protocol):
    """An API that the dashboard closes on leaving."""

    async def get(self) -> "UcdnClient":
        """Return the client, which may have to be created first; raises UcdnTuiError."""

    async def aclose(self) -> None:
        """Close the connections."""


class Account(NamedTuple):
    """The account on the screen: what the status bar says of it, and its API."""

    profile: str
    project: str
    host: str
    api: Closable
    in_keyring: bool = False
    """Whether the keys come from the keyring, which may ask the user for a password first."""
    read_only: bool = False
    """Whether nothing may be submitted."""
    journal_path: Path | None = None
    """The journal of what is submitted; None: it is kept in memory."""
    drafts: "dict[str, Draft] | None" = None
    """What was typed into the form and not submitted, by account."""
    edges: "Callable[[], EdgeSession] | None" = None
    """Returns a way to the edges; raises UcdnTuiError for invalid settings. None: nothing can be verified."""

    @property
    def left_out(self) -> frozenset[str]:
        """The ids of the bindings that do nothing for this account."""
        left_out = bindings.SUBMITTING if self.read_only else frozenset()
        return left_out | (bindings.VERIFYING if self.edges is None else frozenset())

    @property
    def keyring_of(self) -> str:
        """The profile whose keys are read from the keyring, "" if they are not."""
        return self.profile if self.in_keyring else ""

    @property
    def may_resume(self) -> bool:
        """Whether there is a journal, which may tell of an interrupted submission, and submitting is allowed."""
        return self.journal_path is not None and self.journal_path.exists() and not self.read_only


def header_info(account: Account, session: WatchSession) -> HeaderInfo:
    """Return what the status bar shows of an account, besides the age of the data."""
    return HeaderInfo(
        account.profile,
        account.project,
        account.host,
        session.window,
        tuple(session.store.statuses.items()),
        stuck=session.count_stuck(),
        read_only=account.read_only,
        rate=tuple(session.urls_per_minute()),
    )
