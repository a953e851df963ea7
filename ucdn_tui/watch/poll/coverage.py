"""Coverage: how far back one kind's answers reach, which values could not be read, and how old active tasks are."""

from collections import OrderedDict
from math import inf

from msgspec import Struct, field

from ucdn_tui.api.models import TaskKey
from ucdn_tui.clock import Clock
from ucdn_tui.watch.poll.settings import Settings


class Unreadable(Struct):
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


class Coverage(Struct):
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


class Confirmations:
    """When the API last returned each active task, on the clock's `elapsed`: the age of what is shown as live.

    Tasks that are settled, removed or no longer listed have none.
    """

    def __init__(self) -> None:
        self._at: OrderedDict[TaskKey, float] = OrderedDict()

    def confirm(self, key: TaskKey, now: float) -> None:
        """Record that the API has just returned this active task."""
        self._at[key] = now
        self._at.move_to_end(key)

    def drop(self, key: TaskKey) -> None:
        """Forget a task that is no longer shown as live."""
        self._at.pop(key, None)

    @property
    def oldest(self) -> float | None:
        """When the task that was not returned for longest was last returned; None without active tasks."""
        return next(iter(self._at.values()), None)
