"""Coverage: how far back the answers about one kind reach, and how much of them could not be read."""

from dataclasses import dataclass, field
from math import inf

from ucdn_tui.clock import Clock
from ucdn_tui.watch.poll.settings import Settings


@dataclass
class Unreadable:
    """Values that could not be read: rows, and fields of rows."""

    scanned: int = 0
    """In the full scan that runs, or in the last one."""

    new: int = 0
    """In what polls found to be new. The next polls no longer ask for it, so it counts until a full scan ends."""

    by_id: int = 0
    """In what the last poll asked for by id."""

    @property
    def count(self) -> int:
        """The largest of the three, as the same values may be in all of them."""
        return max(self.scanned, self.new, self.by_id)


@dataclass
class Coverage:
    """Shared by one kind's incremental poll and its full scans. Times in the server's Unix seconds."""

    clock: Clock
    settings: Settings

    polled_at: float | None = None
    """When the last successful poll began, or the first full scan; None before that."""

    oldest_begin: float = inf
    """The earliest BeginTime so far: a query by id must not begin later, or it would miss tasks that are known."""

    unreadable: Unreadable = field(default_factory=Unreadable)

    def window_begin(self) -> float:
        """Return when the window begins."""
        return max(0.0, self.clock.server_now() - self.settings.window)
