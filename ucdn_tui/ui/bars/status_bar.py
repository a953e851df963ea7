"""StatusBar: the top line: the account, the number of tasks by status, and the freshness."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual.events import Click, Resize
from textual.message import Message
from textual.widgets import Static

from ucdn_tui.api.models import Status
from ucdn_tui.duration_words import whole_duration
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize
from ucdn_tui.ui.bars.freshness import FreshnessText
from ucdn_tui.ui.bars.key_line import width_of
from ucdn_tui.ui.text.format import middle, sparkline, status_style, status_word
from ucdn_tui.ui.text.glyphs import Glyphs, status_glyph
from ucdn_tui.ui.theme_styles import themed
from ucdn_tui.watch.listing.filter import ORDERED_STATUSES

_GAP = 2
"""Minimum cells between the left part and the freshness."""


class HeaderInfo(NamedTuple):
    """The left part of the line, which changes rarely."""

    profile: str
    project: str
    host: str
    window: float
    """Seconds."""

    statuses: tuple[tuple[str, int], ...] = ()
    """Outcomes as the API names them, and the number of tasks with each."""

    stuck: int = 0
    """The number of stuck tasks."""

    read_only: bool = False
    """Whether nothing can be submitted."""

    rate: tuple[int, ...] = ()
    """URLs done in each of the last minutes, oldest first, the current one last; empty without any."""


class StatusBar(Static):
    """Shows account, counts and freshness; in a narrow terminal the freshness and the counts stay."""

    DEFAULT_CSS = """
    StatusBar { height: 1; background: $panel; color: $foreground; padding: 0 1; text-wrap: nowrap; }
    """

    def __init__(self, glyphs: Glyphs, info: HeaderInfo, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, markup=False)
        self._glyphs = glyphs
        self._header_info = info
        self._freshness = FreshnessText("", "", "dim")

    def show(self, info: HeaderInfo, freshness: FreshnessText) -> None:
        """Show these; repaint only if they differ."""
        if (info, freshness) != (self._header_info, self._freshness):
            self._header_info, self._freshness = info, freshness
            self._paint()

    @dataclass
    class StatusSelected(Message):
        """The count of a status was clicked."""

        status: str

    @dataclass
    class ActionSelected(Message):
        """A part of the line with an action of the dashboard was clicked."""

        action: str

    def on_click(self, event: Click) -> None:
        if status := event.style.meta.get("status"):
            self.post_message(self.StatusSelected(status))
        elif action := event.style.meta.get("action"):
            self.post_message(self.ActionSelected(action))

    def on_resize(self, _event: Resize) -> None:
        self._paint()

    def _paint(self) -> None:
        width = width_of(self)
        if width > 0:
            self.update(themed(status_line(self._header_info, self._freshness, width, self._glyphs)), layout=False)


def status_line(info: HeaderInfo, freshness: FreshnessText, width: int, glyphs: Glyphs) -> Text:
    """Return the line, `width` cells wide. Drops what does not fit, details first."""
    words, signs = (_tally(info, glyphs, words=words) for words in (True, False))
    most_urgent = tuple(pair for pair in info.statuses if pair[0] in (Status.PROCESS, Status.FAILURE))
    urgent = _tally(info._replace(statuses=most_urgent), glyphs, words=False)
    names = _account_texts(info, glyphs)
    choices = [
        *(
            (name, words.copy().append_text(rate), freshness.text)
            for name in names[:2]
            for rate in _rates(info, glyphs)
        ),
        *((name, words, freshness.text) for name in names),
        *((name, signs, freshness.text) for name in names),
        *((name, signs, freshness.short) for name in names),
        (names[-1], urgent, freshness.short),
        (Text(), Text(), freshness.text),
    ]
    for name, tally, text in choices:
        start = Text("  ").join(part for part in (name, tally) if part.plain)
        gap = width - cell_len(start.plain) - cell_len(text)
        if gap >= (_GAP if start.plain else 0):
            return start.append(" " * gap).append_text(_clickable(text, "refresh", freshness.style))
    return _clickable(middle(freshness.short, width, glyphs), "refresh", freshness.style)


def _clickable(shown: str, action: str, style: str = "") -> Text:
    """Return a text whose meta data hold an action of the dashboard, for clicks."""
    text = Text(shown, style)
    text.apply_meta({"action": action})
    return text


def _tally(info: HeaderInfo, glyphs: Glyphs, *, words: bool) -> Text:
    tally = counts(info.statuses, glyphs, words=words)
    if info.stuck:
        text = _("{glyph} {count} stuck") if words else "{glyph}{count}"
        gap = "  " if words else " "
        stuck = _clickable(text.format(glyph=glyphs.stuck, count=info.stuck), "show_stuck", "bad")
        tally.append(gap).append_text(stuck)
    return tally


def _rates(info: HeaderInfo, glyphs: Glyphs) -> list[Text]:
    """Return the texts for the throughput, the longest first."""
    if not any(info.rate):
        return []
    full = info.rate[:-1]  # the current minute is not complete
    mean = sum(full) / len(full)
    text = Text.assemble("  ", (sparkline(info.rate, glyphs), "run"))
    if mean:
        number = _("{rate} URLs/min").format(rate=f"{mean:.0f}" if mean >= 10 else f"{mean:.1f}")
        text.append(f" {number}", "dim")
    return [text]


def counts(statuses: tuple[tuple[str, int], ...], glyphs: Glyphs, *, words: bool) -> Text:
    """Return the number of tasks in each status, undocumented ones summed up.

    The meta data of each count holds its status, for clicks.
    """
    tally: Counter[str] = Counter()
    for status, count in statuses:
        tally[status if status in ORDERED_STATUSES else ""] += count
    found = []
    for status in (*ORDERED_STATUSES, ""):
        if tally[status]:
            glyph, count = status_glyph(status, glyphs), tally[status]
            word = status_word(status) if status else _("other")
            text = Text(f"{glyph} {count} {word}" if words else f"{glyph}{count}", status_style(status))
            text.apply_meta({"status": status or Status.UNKNOWN})
            found.append(text)
    return Text("  " if words else " ").join(found)


def _account_texts(info: HeaderInfo, glyphs: Glyphs) -> list[Text]:
    """Return the texts for the account, from everything to nothing."""
    profile = _clickable(sanitize(info.profile, 60), "app.choose_profile")
    project = _clickable(sanitize(info.project, 60), "app.choose_project")
    host = Text(sanitize(info.host, 60))
    window = _clickable(whole_duration(info.window), "window")
    dot = Text(f" {glyphs.dot} ")
    lock = Text(_("read-only") if info.read_only else "")
    choices = [
        (profile, lock, project, host, window),
        (profile, lock, project, window),
        (profile, lock, window),
        (profile, lock),
        (lock,),
    ]
    texts = [dot.join(part for part in parts if part.plain) for parts in choices]
    for text in texts:
        text.stylize("strong")
    return texts
