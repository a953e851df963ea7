"""SelectedUrl: the URL under the cursor in full, wrapped."""

from collections.abc import Callable
from itertools import accumulate

from rich.cells import cell_len, chop_cells
from rich.text import Text
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import Static

from ucdn_tui.text import sanitize
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.ui.text.short_url import short_url
from ucdn_tui.ui.theme_styles import themed
from ucdn_tui.watch.listing.url_index import UrlIndex


class SelectedUrl(Static):
    """What all URLs of the list begin with is dim: the rows show the rest.

    Its height is that of the longest URL of the list, so that the list stays in place when the cursor moves.
    """

    DEFAULT_CSS = """
    SelectedUrl { height: auto; padding: 0 1; background: $surface; text-wrap: nowrap; display: none; }
    """

    def __init__(self, glyphs: Glyphs, urls: Callable[[], UrlIndex]) -> None:
        """`urls` returns the URLs of the list: if this one has to be cut, what distinguishes it from them stays."""
        super().__init__(id="selected-url", markup=False)
        self._urls = urls
        self._glyphs = glyphs
        self._url = ""
        self._prefix = 0
        self._longest = ""
        self._most = 1
        self._shown = Text()

    def show(self, url: str, prefix: int, longest: str, most: int) -> None:
        """Show a URL in up to `most` lines, its first `prefix` characters dim. `longest` is the list's longest URL."""
        if (url, prefix, longest, most) != (self._url, self._prefix, self._longest, self._most):
            self._url, self._prefix, self._longest, self._most = url, prefix, longest, most
            self.repaint()

    def on_resize(self, _event: Resize) -> None:
        self.repaint()

    def repaint(self) -> None:
        """Fit the URL into the pane, whose size has changed."""
        text = self._text()
        if text == self._shown:
            return
        lines_before = self._shown.plain.count("\n")
        is_shown = bool(text.plain)
        self._shown = text
        # A new layout of the screen is the most expensive step of all.
        self.update(themed(text), layout=text.plain.count("\n") != lines_before or self.display is not is_shown)
        self.display = is_shown

    def _text(self) -> Text:
        pane = self.parent.size if isinstance(self.parent, Widget) else self.app.size
        width, most = pane.width - 2, self._most
        if not self._url or width <= 0:
            return Text()
        whole = _whole(self._url)
        cells = width * most
        fits = cell_len(whole) <= cells
        url = whole if fits else short_url(self._url, cells, self._glyphs, self._urls())
        prefix = len(_whole(self._url[: self._prefix])) if url == whole else 0
        text = Text(url)
        text.stylize("dim", 0, prefix)
        lines = list(text.divide(accumulate(map(len, chop_cells(url, width)[:-1]))))[:most]
        height = min(most, len(chop_cells(_whole(self._longest), width)))
        return Text("\n").join([*lines, *[Text()] * (height - len(lines))])


def _whole(url: str) -> str:
    """Return a URL, safe to show and not cut."""
    return sanitize(url, len(url))
