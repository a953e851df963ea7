"""Coverage: how far back one kind's answers reach, and how many of their values could not be read."""

from dataclasses import dataclass, field
from math import inf

from ucdn_tui.clock import Clock
from ucdn_tui.watch.poll.settings import Settings


@dataclass
class Unreadable:
    """Values that could not be read: rows, and fields of rows."""

    scanned: int = 0
    """In the running full scan, or else in the last one."""

    new: int = 0
    """In queries for new tasks. Later polls do not return these rows again, so they count until a full scan ends."""

    by_id: int = 0
    """In queries by id of the last poll."""

    @property
    def count(self) -> int:
        """The largest of the three, because the same value may be counted in each."""
        return max(self.scanned, self.new, self.by_id)


@dataclass
class Coverage:
    """Shared by one kind's incremental poll and its full scans. Times in the server's Unix seconds."""

    clock: Clock
    settings: Settings

    polled_at: float | None = None
    """When the last successful poll began, or else the first full scan; None before that."""

    oldest_begin: float = inf
    """The earliest BeginTime so far: a query by id that begins later would miss known tasks."""

    unreadable: Unreadable = field(default_factory=Unreadable)

    too_many: bool = False
    """Whether there are more tasks, URLs or pages than are read."""

    def window_begin(self) -> float:
        """Return when the window begins."""
        return max(0.0, self.clock.server_now() - self.settings.window)
