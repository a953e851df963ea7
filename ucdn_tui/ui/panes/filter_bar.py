"""FilterBar: the line above a list that shows its filters, with an input for filter text."""

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.events import Click, Paste
from textual.message import Message
from textual.widgets import Input, Static

from ucdn_tui.i18n import _
from ucdn_tui.ui.keys import bindings
from ucdn_tui.ui.theme_styles import themed
from ucdn_tui.watch.listing.filter import TEXT_LIMIT


class FilterInput(Input, inherit_bindings=False):
    """The input for filter text."""

    BINDINGS: ClassVar[list[BindingType]] = Input.BINDINGS  # without those for scrolling

    def on_paste(self, event: Paste) -> None:
        """Insert the first line, cut to the maximum length; Input would refuse a longer text as a whole."""
        event.prevent_default()
        event.stop()
        lines = event.text.splitlines()
        if lines:
            self.replace(lines[0][:TEXT_LIMIT], *self.selection)


class FilterBar(Horizontal):
    """Visible while the input has the focus or text, or while another filter is on."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings.FILTER_BAR]

    DEFAULT_CSS = """
    FilterBar { height: 1; background: $panel; display: none; }
    FilterBar > #slash { width: 3; padding: 0 1; color: $text-primary; }
    FilterBar > Input { width: 1fr; min-width: 8; background: $panel; padding: 0; }
    FilterBar > #found { width: auto; max-width: 60%; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    FilterBar.-idle > #found { max-width: 100%; }
    """

    @dataclass
    class BarMessage(Message):
        """An event of `bar`."""

        bar: "FilterBar"

        @property
        def control(self) -> "FilterBar":
            return self.bar

    class Changed(BarMessage):
        """The user has changed the text."""

    class Left(BarMessage):
        """The user has left the input."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._summary = Text()

    def compose(self) -> ComposeResult:
        yield Static("/", id="slash", markup=False)
        field = FilterInput(
            placeholder=_("words, !without, status:failed, host:img, is:stuck"), compact=True, max_length=TEXT_LIMIT
        )
        yield field
        yield Static(id="found", markup=False)

    @property
    def text(self) -> str:
        """The filter text."""
        return self._input.value

    @property
    def typing(self) -> bool:
        """Whether the input has the focus."""
        return self._input.has_focus

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    def set_text(self, text: str) -> None:
        """Replace the text without posting `Changed`."""
        with self.prevent(Input.Changed):
            self._input.value = text
        self._lay_out()

    def show_summary(self, summary: Text) -> None:
        """Show the other filters and the number of matches."""
        if summary != self._summary:
            self._summary = summary
            self.query_one("#found", Static).update(themed(summary))
        self._lay_out()

    def start_typing(self) -> None:
        """Move the focus to the input."""
        self._lay_out(typing=True)
        self.screen.set_focus(self._input)

    def _lay_out(self, *, typing: bool | None = None) -> None:
        typing = self.typing if typing is None else typing
        has_input = typing or bool(self.text)
        self.display = has_input or bool(self._summary.plain)
        self.set_class(not has_input, "-idle")
        self._input.display = has_input
        self.query_one("#slash").display = has_input

    def action_leave(self, clear: bool) -> None:
        if clear and self.text:
            self._input.value = ""
        self.post_message(self.Left(self))

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self.post_message(self.Changed(self))

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.action_leave(clear=False)

    def on_descendant_focus(self) -> None:
        """Show the input again, also after a time in another window."""
        self._lay_out(typing=True)

    def on_descendant_blur(self) -> None:
        self._lay_out(typing=False)

    def on_click(self, event: Click) -> None:
        if event.widget is not self._input:
            self.start_typing()
