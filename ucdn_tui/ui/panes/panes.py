"""Panes: the task list and the URL list, side by side, one above the other, or one alone."""

from dataclasses import dataclass

import msgspec
from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.events import MouseDown, MouseMove, MouseUp
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.panes.url_pane import UrlPane

WIDE = 150
"""Columns from which the panes are side by side. In a narrower terminal, one of them would be too narrow to read."""

SMALL = (60, 16)
"""Columns and lines below which only one pane is shown at a time."""

_LEAST, _MOST, _STEP = 20, 80, 5
"""Percent of the room that the task list may get, and that a key adds or takes."""

_URL_LINES = 9
"""Lines that the URL list keeps below the task list."""


class Split(msgspec.Struct, frozen=True):
    """How many percent of the room the task list gets: beside the task's URLs, and above them."""

    beside: int = 67
    above: int = 55

    def share(self, *, wide: bool, most: int) -> int:
        """Return the share, `most` at most: in a wide terminal the panes are side by side."""
        return max(_LEAST, min(self.beside if wide else self.above, most))

    def moved(self, share: int, *, wide: bool, most: int) -> "Split":
        """Return the split with another share, as far as both panes stay usable."""
        share = max(_LEAST, min(share, most))
        return replace(self, beside=share) if wide else replace(self, above=share)


class Splitter(Widget):
    """Posts `Moved` while it is dragged. Its owner moves the panes."""

    DEFAULT_CSS = """
    Splitter { width: 100%; height: 1; border-top: solid $panel; }
    Splitter.-upright { width: 1; height: 100%; border-top: none; border-left: solid $panel; }
    Splitter:hover, Splitter.-dragged { border-top: solid $accent; }
    Splitter.-upright:hover, Splitter.-upright.-dragged { border-top: none; border-left: solid $accent; }
    """

    @dataclass
    class Moved(Message):
        """The mouse has dragged the splitter to this cell of the screen."""

        x: int
        y: int

    def on_mouse_down(self, event: MouseDown) -> None:
        if event.button == 1:
            self.capture_mouse()
            self.add_class("-dragged")

    def on_mouse_move(self, event: MouseMove) -> None:
        if self.has_class("-dragged"):
            self.post_message(self.Moved(event.screen_x, event.screen_y))

    def on_mouse_up(self, _event: MouseUp) -> None:
        self.release_mouse()
        self.remove_class("-dragged")


class Panes(Container):
    """Places both panes by the size of the terminal, the split and the zoom."""

    DEFAULT_CSS = """
    Panes { height: 1fr; layout: vertical; }
    Panes.-wide { layout: horizontal; }
    Panes.-single > Splitter, Panes.-single > #details { display: none; }
    Panes.-single.-inside > #details { display: block; }
    Panes.-single.-inside > #task-pane { display: none; }
    """

    @dataclass
    class SplitMoved(Message):
        """The user has moved the split."""

        split: Split

    def __init__(self, task_pane: TaskPane, details: UrlPane, split: Split) -> None:
        super().__init__(id="panes")
        self._tasks = task_pane
        self._details = details
        self._splitter = Splitter()
        self._split = split
        self._terminal_size = Size(0, 0)
        self._zoomed = False

    def compose(self) -> ComposeResult:
        yield self._tasks
        yield self._splitter
        yield self._details

    @property
    def is_single(self) -> bool:
        """Whether only one pane is shown."""
        return self._zoomed or is_small(self._terminal_size)

    @property
    def _is_wide(self) -> bool:
        return not is_small(self._terminal_size) and self._terminal_size.width >= WIDE

    @property
    def _most(self) -> int:
        """The largest share of the task list, in percent. It leaves lines, or the usual share, to the URLs below."""
        lines = max(1, self._terminal_size.height - 2)
        return _MOST if self._is_wide else min(_MOST, max(Split().above, 100 * (lines - _URL_LINES) // lines))

    def fit(self, size: Size) -> None:
        """Place the panes in a terminal of this size."""
        self._terminal_size = size
        wide, single = self._is_wide, self.is_single
        self.update_classes({"-wide": wide, "-single": single})
        self._splitter.set_class(wide, "-upright")
        share = self._split.share(wide=wide, most=self._most)
        for pane, part in ((self._tasks, share), (self._details, 100 - share)):
            # Inline styles, as the share is any number.
            pane.styles.width = f"{part}fr" if wide and not single else "100%"
            pane.styles.height = "100%" if wide or single else f"{part}fr"

    @property
    def is_inside(self) -> bool:
        """Whether the user was last in the list of URLs."""
        return self.has_class("-inside")

    def enter(self, *, inside: bool) -> None:
        """Say which pane has the focus: the one to show where there is only one."""
        self.set_class(inside, "-inside")

    def zoom(self) -> None:
        """Show only the pane with the focus, or both again."""
        self._zoomed = not self._zoomed
        self.fit(self._terminal_size)

    def enlarge(self, steps: int) -> None:
        """Make the task list larger by this many steps, or smaller by negative ones."""
        if not self.is_single:
            self._move(self._split.share(wide=self._is_wide, most=self._most) + _STEP * steps)

    @on(Splitter.Moved)
    def _dragged(self, message: Splitter.Moved) -> None:
        message.stop()
        region = self.region
        at, room = (message.x - region.x, region.width) if self._is_wide else (message.y - region.y, region.height)
        self._move(round(100 * at / max(1, room)))

    def _move(self, share: int) -> None:
        split = self._split.moved(share, wide=self._is_wide, most=self._most)
        if split != self._split:
            self._split = split
            self.fit(self._terminal_size)
            self.post_message(self.SplitMoved(split))


def is_small(size: Size) -> bool:
    """Return whether a terminal has room for one pane only."""
    return size.width < SMALL[0] or size.height < SMALL[1]
