"""Picker: a menu over the screen; Enter, a number or a click picks a choice."""

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from ucdn_tui.i18n import N_
from ucdn_tui.ui.dialogs.dialog import Dialog, Options
from ucdn_tui.ui.dialogs.key_footer import KeyFooter
from ucdn_tui.ui.text.prose import Prose
from ucdn_tui.ui.theme_styles import themed

_LEAST_WIDTH = 60
"""Cells of a menu; one with longer lines is as wide as the screen admits."""

_FRAME = 8
"""Cells besides a line's label and note: border, padding and number."""


class Choice(NamedTuple):
    """One line of the menu."""

    id: str
    label: str
    note: str = ""
    """Shown dimmed after the label."""


class Picked(NamedTuple):
    """The choice that was picked."""

    id: str
    to_file: bool = False
    """Whether it was picked with `f`, in a menu with `files`."""


class Picker(Dialog[Picked | None]):
    """Dismisses with the picked choice; with None when closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", N_("Close"), id="picker.close"),
        Binding("f", "to_file", N_("Save to file"), id="picker.file"),
        *(Binding(str(number), f"pick({number - 1})", show=False, id=f"picker.{number}") for number in range(1, 10)),
        Binding("j", "move(1)", show=False, id="picker.down"),
        Binding("k", "move(-1)", show=False, id="picker.up"),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        current: str | None = None,
        note: str = "",
        files: bool = False,
        typed: Callable[[str], str] | None = None,
        placeholder: str = "",
        preview: Callable[[str], object] | None = None,
    ) -> None:
        """`typed` turns the input's text into an id, or raises ValueError with a sentence; `files` enables `f`.

        `preview` is called with the id of each choice that is highlighted.
        """
        super().__init__()
        self._title = title
        self._choices = list(choices)
        self._current = current
        self._note = note
        self._files = files
        self._typed = typed
        self._placeholder = placeholder
        self._preview = preview

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = Text(self._title)
            widest = max((cell_len(f"{choice.label}  {choice.note}") for choice in self._choices), default=0)
            box.styles.width = max(_LEAST_WIDTH, widest + _FRAME)
            yield Options(*(self._option(number, choice) for number, choice in enumerate(self._choices, 1)))
            if self._typed is not None:
                yield Input(placeholder=self._placeholder, compact=True)
            yield Prose(self._note, id="note", classes="note")
        yield KeyFooter()

    def on_mount(self) -> None:
        self.query_one("#note").display = bool(self._note)
        if self._preview is not None:
            self.styles.background = "transparent"  # what is behind the menu shows the preview
        options = self.query_one(OptionList)
        ids = [choice.id for choice in self._choices]
        options.highlighted = ids.index(self._current) if self._current in ids else 0
        self.set_focus(options)

    def _option(self, number: int, choice: Choice) -> Option:
        key = f"{number} " if number < 10 else "  "
        return Option(themed(Text.assemble((key, "dim"), choice.label, "  ", (choice.note, "dim"))), id=choice.id)

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        if message.option.id is not None:
            self.dismiss(Picked(message.option.id))

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, message: OptionList.OptionHighlighted) -> None:
        is_current = message.option_index == message.option_list.highlighted  # else the next message follows
        if self._preview is not None and is_current and message.option.id is not None:
            self._preview(message.option.id)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        if self._typed is None:
            return
        try:
            self.dismiss(Picked(self._typed(message.value.strip())))
        except ValueError as error:
            note = self.query_one("#note", Prose)
            note.display = True
            note.update(str(error))

    def action_pick(self, index: int) -> None:
        if index < len(self._choices):
            self.dismiss(Picked(self._choices[index].id))

    def action_to_file(self) -> None:
        options = self.query_one(OptionList)
        if options.highlighted is not None:
            self.dismiss(Picked(self._choices[options.highlighted].id, to_file=True))

    def action_move(self, rows: int) -> None:
        options = self.query_one(OptionList)
        if rows > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable `f` only in a menu with `files`."""
        return self._files if action == "to_file" else True
