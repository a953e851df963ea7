"""A table's cursor: which row is selected, by key, whatever happens to the rows around it."""

from collections.abc import Hashable
from typing import Any, Generic, Protocol, TypeVar

K = TypeVar("K", bound=Hashable)
R_co = TypeVar("R_co", covariant=True)


class View(Protocol[K, R_co]):
    """Rows in the order in which they are shown. Each of these is called for every line painted: keep them fast."""

    def __len__(self) -> int: ...

    def key_at(self, index: int) -> K: ...

    def row_at(self, index: int) -> R_co: ...

    def index_of(self, key: K) -> int | None:
        """Return where the key's row stands, or None when it is hidden by a filter, or gone."""
        ...


class EmptyView:
    """The view of a table that has none yet."""

    def __len__(self) -> int:
        return 0

    def key_at(self, index: int) -> Any:
        raise IndexError(index)

    def row_at(self, index: int) -> Any:
        raise IndexError(index)

    def index_of(self, key: Any) -> int | None:
        return None


class Cursor(Generic[K]):
    """The selected row.

    When its row leaves the view the nearest one stands in, and the lost key is *wanted*: the cursor returns to it as
    soon as it is back, unless the user has chosen another row meanwhile. A *pinned* cursor stays on the first row,
    whichever that is, until the user takes it: while a list fills up, nobody has chosen anything yet.
    """

    def __init__(self, *, pinned: bool) -> None:
        self.key: K | None = None
        """None in an empty view only."""
        self.index = 0
        """Where the key's row stood when the cursor last looked."""
        self._pinned = pinned
        self._wanted: tuple[K, int] | None = None

    def take(self, view: View[K, Any], index: int) -> None:
        """Go to the row at `index` (or to the nearest end): the user wants it, and nothing else any more."""
        self._pinned = False
        self._wanted = None
        self._stand(view, index)

    def unpin(self) -> None:
        """Stay with the row of the moment from now on."""
        self._pinned = False

    def settle(self, view: View[K, Any], line: int) -> int:
        """Find the place again after rows have come, gone or moved.

        `line` is where on the screen the cursor was; returned is where it should be now: the same, but a wanted row
        comes back to the line on which it was lost, so that a filter that goes leaves no trace.
        """
        if self._pinned:
            self._stand(view, 0)
        elif self._wanted is not None and (found := view.index_of(self._wanted[0])) is not None:
            self.key, line = self._wanted
            self.index = found
            self._wanted = None
        elif self.key is not None and (found := view.index_of(self.key)) is not None:
            self.index = found
        else:
            if self.key is not None and self._wanted is None:
                self._wanted = self.key, line
            self._stand(view, self.index)
        return line

    def _stand(self, view: View[K, Any], index: int) -> None:
        self.index = max(0, min(index, len(view) - 1))
        self.key = view.key_at(self.index) if len(view) else None
