"""A simple model of the selection, which is compared with the screen.

It holds which task is selected and on which line, and, while that task is filtered out, on which line it was lost. The
list is computed anew each time, by filtering and sorting all tasks.
"""

from typing import Any

from support.screen.dashboard import DashboardHarness
from ucdn_tui.api.models import TaskKey
from ucdn_tui.watch.listing.filter import Criteria, FilterContext
from ucdn_tui.watch.listing.sort import DEFAULT, task_order

_TURNS = 100
"""Maximum number of pauses until the screen is stable."""


class SelectionModel:
    """The expected screen. It follows each change of the view as it happens, and the actions of the test."""

    def __init__(self, ui: DashboardHarness) -> None:
        self.ui = ui
        self.table = ui.dashboard.tasks
        self.criteria = Criteria()
        self.sort = DEFAULT
        self.listed = self.expected_rows()
        self.selected: TaskKey | None = self.listed[0] if self.listed else None
        self.lost: tuple[TaskKey, int] | None = None
        self.goes_to_top = False
        """Whether the user has chosen an order: the first row is selected as soon as the list is sorted."""

        self.flagged: set[TaskKey] = set()
        self.top = 0
        self.room = self.table.size.height - 1
        self.log: list[str] = []
        self.errors: list[str] = []
        for name in ("set_view", "refresh_view"):
            self._watch(name)

    def _watch(self, name: str) -> None:
        changes_view = getattr(self.table, name)

        def watched(*args: Any, **kwargs: Any) -> None:
            changes_view(*args, **kwargs)
            if name == "refresh_view":  # the store has changed
                self.flagged &= set(self.ui.dashboard.store.keys())
            self.view_changed()
            self.compare(name)
            if self.goes_to_top and name == "set_view":
                self.goes_to_top = False
                self.select(0)

        setattr(self.table, name, watched)

    # Expected

    def expected_rows(self) -> list[TaskKey]:
        store, order = self.ui.dashboard.store, task_order(self.sort)
        shown = [task for task in store if self.criteria.shows_task(task, FilterContext(store.url_text))]
        return [task.key for task in sorted(shown, key=lambda task: (order(task), task.key))]

    @property
    def index(self) -> int:
        return 0 if self.selected is None else self.listed.index(self.selected)

    def in_bounds(self, top: int) -> int:
        return max(0, min(top, len(self.listed) - self.room))

    def view_changed(self) -> None:
        self.room_changed()
        index, height, seen = self.index, self.index - self.top, self.listed[self.top :][: self.room]
        in_sight = 0 <= height < self.room
        self.listed = self.expected_rows()
        if self.lost is not None and self.lost[0] in self.listed:
            (self.selected, height), self.lost = self.lost, None
        elif self.selected not in self.listed:
            if self.selected is not None and self.lost is None:
                self.lost = self.selected, height
            self.selected = self.listed[min(index, len(self.listed) - 1)] if self.listed else None
        if in_sight:
            self.top = self.in_bounds(self.index - max(0, min(height, self.room - 1)))
        else:
            still = (self.listed.index(key) - line for line, key in enumerate(seen) if key in self.listed)
            self.top = self.in_bounds(next(still, self.top))

    def room_changed(self) -> None:
        """Follow the filter bar, which comes or goes; the selected task must stay visible."""
        room = self.table.size.height - 1
        if room != self.room:
            in_sight = 0 <= self.index - self.top < self.room
            self.room = room
            self.top = self.in_bounds(self.top)
            if in_sight:
                self.reveal()

    def select(self, index: int, *, scroll: int = 0) -> None:
        """Select a row for the user, and give up the lost task."""
        if self.listed:
            self.top = self.in_bounds(self.top + scroll)
            self.selected = self.listed[max(0, min(index, len(self.listed) - 1))]
            self.lost = None
            self.reveal()

    def reveal(self) -> None:
        self.top = min(max(self.top, self.index - self.room + 1), self.index)

    # Comparison

    def compare(self, when: str) -> None:
        table = self.table
        shown = [table.view.key_at(row) for row in range(len(table.view))]
        for what, actual, expected in (
            ("listed", shown, self.listed),
            ("selected", table.cursor_key, self.selected),
            ("top", table.scroll_offset.y, self.top),
        ):
            if actual != expected:
                self.errors.append(f"{when}: {what} is {actual}, should be {expected}")

    async def settle(self) -> None:
        """Wait until the list has scrolled as expected; a filter bar that comes or goes takes some turns."""
        for _ in range(_TURNS):
            self.room_changed()
            if self.table.scroll_offset.y == self.top:
                return
            await self.ui.pilot.pause(0.01)

    def check(self) -> None:
        """Check the whole screen once it is stable."""
        self.room_changed()
        self.compare("when stable")
        details, store = self.ui.dashboard.details, self.ui.dashboard.store
        if (self.selected is None) != (not self.listed):
            self.errors.append("nothing is selected although something is listed")
        shown = details.shown
        if shown != (store[self.selected] if self.selected else None):
            self.errors.append(f"the details are of {shown and shown.key}, selected is {self.selected}")
        elif shown and list(details.urls) != store.urls(shown.key):
            self.errors.append("the details show other URLs than the task has now")
        painted = [name_in(row) for row in self.ui.tasks() if "cdn.test/" in row]
        expected = [name_in(store[key].first_url) for key in self.listed[self.top : self.top + self.room]]
        if painted != expected:
            self.errors.append(f"painted is {painted}, should be {expected}")
        if ("flag" in [column.id for column in self.table.columns]) != bool(self.flagged):
            self.errors.append(f"flagged should be {self.flagged}")
        assert not self.errors, "\n".join([*self.errors, "after:", *self.log, self.ui.screen()])


def name_in(text: str) -> str:
    return text.partition("cdn.test/")[2].partition("-1.jpg")[0]
