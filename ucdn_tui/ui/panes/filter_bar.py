"""FilterBar: the line above a list that says what narrows it, and in which one types what to look for."""

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Click, Key, Paste
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from ucdn_tui.i18n import _
from ucdn_tui.ui.theme_styles import themed
from ucdn_tui.watch.listing.filter import TEXT_LIMIT


class FilterInput(Input, inherit_bindings=False):
    """Where one types what to look for. Keys that come in one packet keep their order, whoever they are for."""

    BINDINGS: ClassVar[list[BindingType]] = Input.BINDINGS  # and not those for scrolling, which it has no use for

    def on_key(self, event: Key) -> None:
        if self.screen.focused is not self:
            event.prevent_default()  # it was sent here before the focus went elsewhere, and goes on to there
        elif event.key == "enter" or self._leaves(event.key):
            event.prevent_default()
            event.stop()
            self.screen.set_focus(self.leaves_to)
            self.post_message(self.Submitted(self, self.value))

    def on_paste(self, event: Paste) -> None:
        """Take the beginning of what is pasted, where it is too long; all of it would be refused as a whole."""
        event.prevent_default()
        event.stop()
        lines = event.text.splitlines()
        if lines:
            self.replace(lines[0][:TEXT_LIMIT], *self.selection)

    def _leaves(self, key: str) -> bool:
        """Return whether this key goes to the list: then the next one is meant for that, as close as it may follow."""
        active = self.screen.active_bindings.get(key)
        return active is not None and active.binding.id == "filter.done"

    leaves_to: Widget | None = None
    """Who gets the keys after Enter."""


class FilterBar(Horizontal):
    """It is there while something is typed into it, or while it has something to say."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(True)", _("Clear the filter"), show=False, id="filter.clear"),
        Binding("down,tab", "leave(False)", _("To the list"), show=False, id="filter.done"),
    ]

    DEFAULT_CSS = """
    FilterBar { height: 1; background: $panel; display: none; }
    FilterBar > #slash { width: 3; padding: 0 1; color: $text-primary; }
    FilterBar > Input { width: 1fr; min-width: 8; background: $panel; padding: 0; }
    FilterBar > #found { width: auto; max-width: 60%; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    FilterBar.-idle > #found { max-width: 100%; }
    """

    @dataclass
    class BarMessage(Message):
        """Something about `bar`."""

        bar: "FilterBar"

        @property
        def control(self) -> "FilterBar":
            return self.bar

    class Changed(BarMessage):
        """Another text is looked for."""

    class Left(BarMessage):
        """Nobody types here any more."""

    def __init__(self, leaves_to: Widget, *, id: str) -> None:  # noqa: A002 - Textual's name
        """`leaves_to` is where the keys go after Enter."""
        super().__init__(id=id)
        self._header_info = Text()
        self._leaves_to = leaves_to

    def compose(self) -> ComposeResult:
        yield Static("/", id="slash", markup=False)
        field = FilterInput(
            placeholder=_("words, !without, status:failure, kind:prefetch"), compact=True, max_length=TEXT_LIMIT
        )
        field.leaves_to = self._leaves_to
        yield field
        yield Static(id="found", markup=False)

    @property
    def text(self) -> str:
        """What is looked for."""
        return self._input.value

    @property
    def typing(self) -> bool:
        """Whether somebody types here now."""
        return self._input.has_focus

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    def set_text(self, text: str) -> None:
        """Put this in, as if somebody had typed it, but without a word to anybody."""
        with self.prevent(Input.Changed):
            self._input.value = text
        self._lay_out()

    def say(self, info: Text) -> None:
        """Show what else narrows the list, and how much is left."""
        if info != self._header_info:
            self._header_info = info
            self.query_one("#found", Static).update(themed(info))
        self._lay_out()

    def type(self) -> None:
        """Have people type here."""
        self._lay_out(typing=True)
        self.screen.set_focus(self._input)

    def _lay_out(self, *, typing: bool | None = None) -> None:
        typing = self.typing if typing is None else typing
        looked_for = typing or bool(self.text)
        self.display = looked_for or bool(self._header_info.plain)
        self.set_class(not looked_for, "-idle")
        self._input.display = looked_for
        self.query_one("#slash").display = looked_for

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

    def on_descendant_blur(self) -> None:
        self._lay_out(typing=False)

    def on_click(self, event: Click) -> None:
        if event.widget is not self._input:
            self.type()
