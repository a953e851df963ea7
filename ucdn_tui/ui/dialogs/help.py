"""HelpDialog: the keys and the signs on the screen, with a search."""

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Input, Static

from ucdn_tui.i18n import N_, _
from ucdn_tui.ui.dialogs.dialog import Dialog
from ucdn_tui.ui.dialogs.help_layout import help_lines
from ucdn_tui.ui.dialogs.help_sections import Keys, help_sections, matching
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.ui.theme_styles import themed

_WIDTH = 150
"""Cells of the dialog at most: longer lines are hard to read."""

_AROUND = 6
"""Cells beside the text: border, padding, scroll bar."""


class HelpDialog(Dialog[None]):
    """Shows the help over the dashboard."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", N_("Search"), key_display="/", id="help.search"),
        Binding("escape", "back", N_("Close"), id="help.back"),
        Binding("q,question_mark,enter", "dismiss", N_("Close"), show=False, id="help.close"),
        Binding("down,j", "scroll(1)", N_("Down"), show=False, id="help.down"),
        Binding("up,k", "scroll(-1)", N_("Up"), show=False, id="help.up"),
    ]

    DEFAULT_CSS = f"""
    HelpDialog > #help {{
        width: {_WIDTH}; max-width: 100%; height: auto; max-height: 100%;
        border: round $primary; border-title-color: $text-primary;
        border-subtitle-color: $text-primary; border-subtitle-align: left;
        background: $surface; padding: 0 1;
    }}
    HelpDialog #help-text {{ height: auto; text-wrap: nowrap; }}
    HelpDialog VerticalScroll {{ height: auto; max-height: 100%; scrollbar-gutter: stable; }}
    HelpDialog.-searching VerticalScroll {{ height: 1fr; }}
    HelpDialog Input {{ display: none; height: 1; border: none; padding: 0; background: $panel; }}
    HelpDialog.-searching Input {{ display: block; }}
    """

    def __init__(self, keys: Keys, glyphs: Glyphs, problems: Iterable[str] = ()) -> None:
        """`keys` as `Commands.help` returns them; `problems` in full sentences."""
        super().__init__()
        self.sections = help_sections(keys, glyphs, problems)

    def compose(self) -> ComposeResult:
        with Vertical(id="help") as box:
            box.border_title = Content(_("Help"))
            with VerticalScroll():
                yield Static(id="help-text")
            yield Input(placeholder=_("search the help"), compact=True)

    def on_mount(self) -> None:
        shown = [active.binding for active in self.active_bindings.values() if active.binding.show]
        mine = [binding for binding in shown if (binding.id or "").startswith("help.")]
        words = [" ".join((self.app.get_key_display(binding), _(binding.description))) for binding in mine]
        self.query_one("#help").border_subtitle = Content("  ".join(words))
        self._show()

    def on_resize(self, _event: Resize) -> None:
        self._show()

    @on(Input.Changed)
    def _show(self) -> None:
        """Lay the help out for the width of the screen."""
        text = self.query_one(Input).value
        width = max(1, min(self.app.size.width, _WIDTH) - _AROUND)
        lines = help_lines(matching(self.sections, text), width)
        shown = Text("\n").join(lines) if lines else Text(_("No matches."), "dim")
        shown.highlight_words(text.split(), "match", case_sensitive=False)
        self.query_one("#help-text", Static).update(themed(shown))

    def action_search(self) -> None:
        """Open the search; the dialog keeps its height while lines are hidden."""
        box = self.query_one("#help")
        box.styles.height = box.outer_size.height
        self.add_class("-searching")
        self.set_focus(self.query_one(Input))

    @on(Input.Submitted)
    def _searched(self) -> None:
        self.set_focus(self.query_one(VerticalScroll))

    async def action_back(self) -> None:
        """End the search; without one, close the dialog."""
        if not self.has_class("-searching"):
            self.dismiss()
            return
        self.query_one(Input).value = ""
        self.remove_class("-searching")
        self.query_one("#help").styles.height = None
        self.set_focus(self.query_one(VerticalScroll))

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
