"""A table's cursor: which row is selected, by key, so that it survives changes of the rows."""

from collections.abc import Hashable
from typing import Any, Generic, Protocol, TypeVar

K = TypeVar("K", bound=Hashable)
R_co = TypeVar("R_co", covariant=True)


class View(Protocol[K, R_co]):
    """Rows in display order. Each method is called for every painted line, so it has to be fast."""

    def __len__(self) -> int: ...

    def key_at(self, index: int) -> K: ...

    def row_at(self, index: int) -> R_co: ...

    def index_of(self, key: K) -> int | None:
        """Return the index of the key's row; None where the row is filtered out or gone."""
        ...


class EmptyView:
    """The view of a table that has not been given one yet."""

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

    When the selected row leaves the view, the nearest row is selected instead and the lost key is *wanted*: the cursor
    returns to it as soon as it is back, unless the user has selected another row meanwhile. A *pinned* cursor stays on
    the first row, whichever that is, until the user moves: while a list loads, the user has not chosen anything yet.
    """

    def __init__(self, *, pinned: bool) -> None:
        self.key: K | None = None
        """None only in an empty view."""
        self.index = 0
        """The index of the key's row at the last update."""
        self._pinned = pinned
        self._wanted: tuple[K, int] | None = None

    def select(self, view: View[K, Any], index: int) -> None:
        """Select the row at `index` (or the nearest end) for the user, and give up a wanted row."""
        self._pinned = False
        self._wanted = None
        self._set(view, index)

    def unpin(self) -> None:
        """Stay with the current row from now on."""
        self._pinned = False

    def relocate(self, view: View[K, Any], line: int) -> int:
        """Find the selected row again after rows have come, gone or moved.

        `line` is the screen line on which the cursor was. Return the line on which it should be now: the same, except
        that a wanted row returns to the line on which it was lost, so that clearing a filter restores the screen.
        """
        if self._pinned:
            self._set(view, 0)
        elif self._wanted is not None and (found := view.index_of(self._wanted[0])) is not None:
            self.key, line = self._wanted
            self.index = found
            self._wanted = None
        elif self.key is not None and (found := view.index_of(self.key)) is not None:
            self.index = found
        else:
            if self.key is not None and self._wanted is None:
                self._wanted = self.key, line
            self._set(view, self.index)
        return line

    def _set(self, view: View[K, Any], index: int) -> None:
        self.index = max(0, min(index, len(view) - 1))
        self.key = view.key_at(self.index) if len(view) else None
