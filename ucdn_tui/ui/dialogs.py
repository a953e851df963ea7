"""The dialogs that lie over the dashboard."""

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ucdn_tui.i18n import _
from ucdn_tui.ui.themed import themed


class HelpDialog(ModalScreen[None]):
    """The keys, read from the bindings themselves, and what the words on the screen mean."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "dismiss", _("Close"), id="help.close"),
        Binding("down,j", "scroll(1)", _("Down"), show=False, id="help.down"),
        Binding("up,k", "scroll(-1)", _("Up"), show=False, id="help.up"),
    ]

    DEFAULT_CSS = """
    HelpDialog { align: center middle; }
    HelpDialog > #help {
        width: 72; max-width: 100%; height: auto; max-height: 100%;
        border: round $primary; border-title-color: $text-primary; background: $surface; padding: 0 1;
    }
    HelpDialog #help-text { height: auto; }
    HelpDialog VerticalScroll { height: auto; max-height: 100%; }
    """

    def __init__(self, keys: Iterable[tuple[str, str]]) -> None:
        """`keys` are the keys as people know them, and what each does."""
        super().__init__()
        self._keys = list(keys)

    def compose(self) -> ComposeResult:
        with Vertical(id="help") as box:
            box.border_title = _("Help")
            with VerticalScroll():
                yield Static(themed(help_text(self._keys)), id="help-text")

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def help_text(keys: Iterable[tuple[str, str]]) -> Text:
    """Return the help: the keys in a column, then what the words mean."""
    text = Text()
    for shown, description in keys:
        text.append(f"{shown:>16}", "run").append(f"  {description}\n")
    for word, meaning in _words():
        text.append(f"\n{word}", "strong").append(f"  {meaning}")
    return text


def _words() -> list[tuple[str, str]]:
    return [
        (
            _("Status"),
            _(
                "wait: queued; process: under way; success, failure: over. failure 3/30: three of thirty URLs failed, "
                "whatever the API calls the task. Other words are shown as the API sends them."
            ),
        ),
        (
            _("Time"),
            _("how long a task ran, or has been running. A refresh takes 1 minute, or 5 to 10 if the CDN is busy."),
        ),
        (
            _("Stuck"),
            _("a refresh that takes more than 10 minutes, or that failed, is a case for the vendor's support."),
        ),
        (
            "STALE",
            _("a planned look is overdue by two intervals: what you see is as old as it says."),
        ),
    ]
