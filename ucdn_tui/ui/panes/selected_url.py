"""SelectedUrl: the URL under the cursor in full, wrapped."""

from rich.cells import chop_cells
from rich.text import Text
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import Static

from ucdn_tui.text import sanitize
from ucdn_tui.ui.format import middle
from ucdn_tui.ui.glyphs import Glyphs
from ucdn_tui.ui.theme_styles import themed

_SHARE = 4
"""At most this part of the pane: one line in four."""


class SelectedUrl(Static):
    """What all URLs of the list begin with is dim: the rows show the rest.

    Its height is that of the longest URL of the list, so that the list stays in place when the cursor moves.
    """

    DEFAULT_CSS = """
    SelectedUrl { height: auto; padding: 0 1; background: $surface; text-wrap: nowrap; display: none; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id="selected-url", markup=False)
        self._glyphs = glyphs
        self._url = ""
        self._prefix = 0
        self._longest = ""
        self._shown = Text()

    def show(self, url: str, prefix: int, longest: str) -> None:
        """Show a URL. Its first `prefix` characters are dim; `longest` is the list's longest URL."""
        if (url, prefix, longest) != (self._url, self._prefix, self._longest):
            self._url, self._prefix, self._longest = url, prefix, longest
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
        width, most = pane.width - 2, max(1, pane.height // _SHARE)
        if not self._url or width <= 0:
            return Text()
        whole = _whole(self._url)
        # If it has to be cut, then in the middle: parts that all URLs share are of interest here, too.
        url = middle(whole, width * most, self._glyphs)
        prefix = len(_whole(self._url[: self._prefix])) if url == whole else 0
        lines = chop_cells(url, width)[:most]
        height = min(most, len(chop_cells(_whole(self._longest), width)))
        text = Text("\n".join([*lines, *[""] * (height - len(lines))]))
        text.stylize("dim", 0, prefix + prefix // width)  # with the line breaks
        return text


def _whole(url: str) -> str:
    """Return a URL, safe to show and not cut."""
    return sanitize(url, len(url))
