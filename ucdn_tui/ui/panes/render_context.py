"""RenderContext: what a list's cells depend on besides their row, and the marks that lie over their text."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo

from rich.text import Text

from ucdn_tui.api.models import Task, TaskKey
from ucdn_tui.links import link_of
from ucdn_tui.ui import format as fmt
from ucdn_tui.ui.glyphs import Glyphs
from ucdn_tui.ui.table.column_layout import LINK
from ucdn_tui.watch.stats.durations import Span


@dataclass
class RenderContext:
    """The circumstances of a list. Whoever changes any of them has the table painted again."""

    now: Callable[[], float]
    """Returns the server's time in Unix seconds."""
    zone: tzinfo | None
    """Where times of day are shown; None: the machine's."""
    glyphs: Glyphs
    stuck_for: Callable[[Task], float | None] = lambda _task: None
    """Returns for how many seconds a task was seen without progress; None where it is not stuck."""
    time_remaining: Callable[[Task], Span | None] = lambda _task: None
    """Returns how long a task will still take; None where that is not known."""
    url_text: Callable[[TaskKey], str] = lambda _key: ""
    """Returns all URLs of a task, in small letters."""
    links: bool = True
    """Whether URLs are hyperlinks."""
    pattern: re.Pattern[str] | None = None
    """What is looked for."""
    marked: set[TaskKey] = field(default_factory=set)
    """The tasks that somebody has marked."""

    def text(self, shown: str, style: str = "") -> Text:
        """Return a cell's text, with what is looked for marked in it."""
        return self.mark(Text(shown, style))

    def mark(self, text: Text) -> Text:
        """Mark what is looked for."""
        if self.pattern is not None:
            for match in self.pattern.finditer(text.plain):
                text.stylize("match", *match.span())
        return text

    def url(self, url: str, width: int) -> Text:
        """Return a URL that fits, as a link where it can be one, with what is looked for marked."""
        shown = Text(fmt.url_text(url, width, self.glyphs))
        if self.pattern is not None and not self.pattern.search(shown.plain) and self.pattern.search(url):
            cut = shown.plain.find(self.glyphs.ellipsis)
            shown.stylize("match", cut, cut + 1)  # it is in what was cut out
        if self.links and (link := link_of(url)):
            shown.stylize(LINK + link)
        return self.mark(shown)

    def first_url(self, task: Task, width: int) -> Text:
        """Return a task's first URL, and how many more it has; that number is marked if what is looked for is there."""
        more = f" +{task.urls - 1}" if task.urls > 1 else ""
        shown = self.url(task.first_url, max(1, width - len(more)))
        return shown.append(more, "match" if more and self._is_elsewhere(task) else "dim")

    def _is_elsewhere(self, task: Task) -> bool:
        """Return whether what is looked for is in another URL than the first."""
        if self.pattern is None or self.pattern.search(task.first_url):
            return False
        return self.pattern.search(self.url_text(task.key)) is not None

    def is_stuck(self, task: Task) -> bool:
        """Return whether a task makes no progress any more."""
        return self.stuck_for(task) is not None
