"""RenderContext: what a table's cells depend on besides their rows, and the highlighting of matches."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo

from rich.text import Text

from ucdn_tui.api.models import Task, TaskKey
from ucdn_tui.links import link_of
from ucdn_tui.ui.glyphs import Glyphs
from ucdn_tui.ui.short_url import short_url
from ucdn_tui.ui.table.column_layout import LINK
from ucdn_tui.watch.listing.filter import Facts
from ucdn_tui.watch.listing.url_index import UrlIndex
from ucdn_tui.watch.stats.durations import RemainingRange


@dataclass
class RenderContext:
    """Context shared by a table's column renderers. After a change, the table has to be repainted."""

    now: Callable[[], float]
    """Returns the server's time in Unix seconds."""
    zone: tzinfo | None
    """The time zone of displayed times; None for the machine's."""
    glyphs: Glyphs
    stuck_for: Callable[[Task], float | None] = lambda _task: None
    """Returns the seconds without progress of a stuck task; None for others."""
    time_remaining: Callable[[Task], RemainingRange | None] = lambda _task: None
    """Returns a task's time remaining; None where it is unknown."""
    url_text: Callable[[TaskKey], str] = lambda _key: ""
    """Returns all URLs of a task, in lower case."""
    urls: Callable[[], UrlIndex] = UrlIndex
    """Returns the URLs of the list, which the shown ones have to differ from."""
    hidden_prefix: int = 0
    """The number of characters that all URLs of the list begin with; the rows leave them out."""
    telling_url: Callable[[Task], str] = lambda task: task.first_url
    """Returns the URL that a task is shown by."""
    links: bool = True
    """Whether URLs are painted as hyperlinks."""
    pattern: re.Pattern[str] | None = None
    """Matches the words of the filter; None without words."""
    flagged: set[TaskKey] = field(default_factory=set)
    """The tasks that the user has flagged."""

    @property
    def facts(self) -> Facts:
        """What the filters ask for."""
        return Facts(self.url_text, self.is_stuck, lambda key: key in self.flagged)

    def text(self, shown: str, style: str = "") -> Text:
        """Return a cell's text with its matches highlighted."""
        return self.highlight(Text(shown, style))

    def highlight(self, text: Text) -> Text:
        """Highlight the matches in `text`, and return it."""
        if self.pattern is not None:
            for match in self.pattern.finditer(text.plain):
                text.stylize("match", *match.span())
        return text

    def url(self, url: str, width: int) -> Text:
        """Return a URL shortened to `width` cells, as a link where possible, with its matches highlighted."""
        shown = Text(self._short(url, width))
        if self.pattern is not None and not self.pattern.search(shown.plain) and (match := self.pattern.search(url)):
            shown = Text(self._short(url, width, keep=range(*match.span())))
            if not self.pattern.search(shown.plain):
                cut = shown.plain.find(self.glyphs.ellipsis)
                shown.stylize("match", cut, cut + 1)  # the match is in a part that is left out
        if self.links and (link := link_of(url)):
            shown.stylize(LINK + link)
        return self.highlight(shown)

    def _short(self, url: str, width: int, keep: range = range(0)) -> str:
        return short_url(url, width, self.glyphs, self.urls(), start=self.hidden_prefix, keep=keep)

    def task_url(self, task: Task, width: int) -> Text:
        """Return the URL that tells a task, and the number of others, which is highlighted if only they match."""
        more = f" +{task.urls - 1}" if task.urls > 1 else ""
        url = self.telling_url(task)
        shown = self.url(url, max(1, width - len(more)))
        return shown.append(more, "match" if more and self._only_others_match(task, url) else "dim")

    def _only_others_match(self, task: Task, url: str) -> bool:
        """Return whether this URL of the task does not match but another one does."""
        if self.pattern is None or self.pattern.search(url):
            return False
        return self.pattern.search(self.url_text(task.key)) is not None

    def is_stuck(self, task: Task) -> bool:
        """Return whether a task is stuck."""
        return self.stuck_for(task) is not None
