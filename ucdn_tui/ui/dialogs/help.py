"""HelpDialog: the keys, and what the words on the screen mean."""

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ucdn_tui.api.models import Status
from ucdn_tui.i18n import _
from ucdn_tui.ui import format as fmt
from ucdn_tui.ui.glyphs import Glyphs, status_glyph
from ucdn_tui.ui.theme_styles import themed
from ucdn_tui.watch.stats.stuck import STUCK_AFTER


class HelpDialog(ModalScreen[None]):
    """Shows the help over the dashboard."""

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

    def __init__(self, keys: Iterable[tuple[str, list[tuple[str, str]]]], glyphs: Glyphs) -> None:
        """`keys`: the sections of `Commands.help`."""
        super().__init__()
        self._keys = list(keys)
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        with Vertical(id="help") as box:
            box.border_title = _("Help")
            with VerticalScroll():
                yield Static(themed(help_text(self._keys, self._glyphs)), id="help-text")

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def help_text(sections: Iterable[tuple[str, list[tuple[str, str]]]], glyphs: Glyphs) -> Text:
    """Return the help: the keys by section, the statuses, and the words on the screen."""
    text = Text()
    for title, keys in sections:
        text.append(f"{title}\n", "strong")
        for shown, description in keys:
            text.append(f"{shown:>16}", "run").append(f"  {description}\n")
        text.append("\n")
    text.append(_("Statuses"), "strong").append("\n")
    for status, meaning in _statuses():
        shown = f"{status_glyph(status, glyphs)} {fmt.status_word(status)}"
        text.append(f"{shown:>16}", fmt.status_style(status)).append(f"  {meaning}\n")
    for word, meaning in _words(glyphs):
        text.append(f"\n{word}", "strong").append(f"  {meaning}")
    return text


def _statuses() -> list[tuple[str, str]]:
    return [
        (Status.WAIT, _("waits for its turn; the API's word is wait")),
        (Status.PROCESS, _("in progress; the API's word is process")),
        (Status.SUCCESS, _("completed")),
        (Status.FAILURE, _("the API's word is failure, and it gives no reason")),
        (Status.UNKNOWN, _("not known to the API; other statuses are shown as received")),
    ]


def _words(glyphs: Glyphs) -> list[tuple[str, str]]:
    return [
        (
            f"{glyphs.failure} {fmt.status_word(Status.FAILURE)} 3/30",
            _("3 of 30 URLs failed, whatever status the API reports for the task."),
        ),
        (
            f"{glyphs.process} {fmt.status_word(Status.PROCESS)} {glyphs.stuck}",
            _(
                "stuck: a refresh without progress for {refresh} minutes, a prefetch for {prefetch}. Contact the "
                "vendor's support; y copies a report. A prefetch that stays running often has a wrong path."
            ).format(**{kind.value: f"{seconds / 60:g}" for kind, seconds in STUCK_AFTER.items()}),
        ),
        (
            _("Time"),
            _(
                "elapsed time of the task; ~1–3m is the time remaining, estimated from the account's finished tasks "
                "of its kind: eight of ten end within such a range."
            ),
        ),
        (
            _("Durations"),
            _("a refresh takes about 1 minute, 5 to 10 when the CDN is busy; a prefetch of 100 MB, up to 30 minutes."),
        ),
        (
            _("Quotas"),
            _("per domain and day: 700 files, 20 directories, 500 prefetches, unless agreed otherwise."),
        ),
        (
            _("Success"),
            _("means that the old content is gone, not that the new one is cached: update the origin first."),
        ),
        (
            "STALE",
            _("a poll is overdue by two intervals; the data are as old as the status bar says."),
        ),
    ]
