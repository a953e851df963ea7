"""Splitter: the line between the two panes, which the mouse moves."""

from dataclasses import dataclass

from textual.events import MouseDown, MouseMove, MouseUp
from textual.message import Message
from textual.widget import Widget


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
