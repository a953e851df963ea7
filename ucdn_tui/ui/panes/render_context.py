"""RenderContext: what a table's cells depend on besides their rows, and the highlighting of matches."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from rich.text import Text

from ucdn_tui.api.models import Task, TaskKey
from ucdn_tui.links import link_of
from ucdn_tui.ui.table.layout import LINK
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.ui.text.short_url import short_url
from ucdn_tui.watch.listing.distinct_urls import DistinctUrl
from ucdn_tui.watch.listing.filter import FilterContext
from ucdn_tui.watch.listing.url_index import UrlIndex
from ucdn_tui.watch.stats.duration_stats import RemainingRange


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
    distinguishing_url: Callable[[Task], DistinctUrl] = lambda task: DistinctUrl(task.first_url)
    """Returns the URL that a task is shown by."""
    links: bool = True
    """Whether URLs are painted as hyperlinks."""
    patterns: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    """Each matches the words of the filter that apply to one field; see `Criteria.highlight_patterns`."""
    flagged: set[TaskKey] = field(default_factory=set)
    """The tasks that the user has flagged."""

    @property
    def filter_context(self) -> FilterContext:
        """What the filters ask for."""
        return FilterContext(self.url_text, self.is_stuck, lambda key: key in self.flagged)

    def text(self, shown: str, field: str, style: str = "") -> Text:
        """Return a cell's text with the matches of words about this field highlighted."""
        return self.highlight(Text(shown, style), field)

    def highlight(self, text: Text, field: str) -> Text:
        """Highlight the matches of words about this field in `text`, and return it."""
        if (pattern := self.patterns.get(field)) is not None:
            for match in pattern.finditer(text.plain):
                text.stylize("match", *match.span())
        return text

    def url(self, url: str, width: int, keep: range = range(0)) -> Text:
        """Return a URL shortened to `width` cells, as a link where possible, with its matches highlighted.

        The characters in `keep` stay, unless others match and would be left out.
        """
        shown, pattern = Text(self._short(url, width, keep)), self.patterns.get("url")
        if pattern is not None and not pattern.search(shown.plain) and (match := pattern.search(url)):
            shown = Text(self._short(url, width, range(*match.span())))
            if not pattern.search(shown.plain) and self.glyphs.ellipsis not in url:
                cut = shown.plain.find(self.glyphs.ellipsis)
                shown.stylize("match", cut, cut + 1)  # the match is in a part that is left out
        if self.links and (link := link_of(url)):
            shown.stylize(LINK + link)
        return self.highlight(shown, "url")

    def _short(self, url: str, width: int, keep: range) -> str:
        return short_url(url, width, self.glyphs, self.urls(), start=self.hidden_prefix, keep=keep)

    def task_url(self, task: Task, width: int) -> Text:
        """Return the URL that distinguishes a task, and the number of others, highlighted if only they match."""
        more = f" +{task.urls - 1}" if task.urls > 1 else ""
        url, keep = self.distinguishing_url(task)
        shown = self.url(url, max(1, width - len(more)), keep)
        return shown.append(more, "match" if more and self._only_others_match(task, url) else "dim")

    def _only_others_match(self, task: Task, url: str) -> bool:
        """Return whether this URL of the task does not match but another one does."""
        pattern = self.patterns.get("url")
        if pattern is None or pattern.search(url):
            return False
        return pattern.search(self.url_text(task.key)) is not None

    def is_stuck(self, task: Task) -> bool:
        """Return whether a task is stuck."""
        return self.stuck_for(task) is not None
