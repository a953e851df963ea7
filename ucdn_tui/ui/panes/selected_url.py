"""SelectedUrl: the URL under the cursor in full, wrapped."""

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
        self._longest = 0
        self._shown = Text()

    def show(self, url: str, prefix: int, longest: int) -> None:
        """Show a URL. `prefix` and `longest`, the length of the list's longest URL, are in characters."""
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
        whole = sanitize(self._url, len(self._url))
        # If it has to be cut, then in the middle: parts that all URLs share are of interest here, too.
        url = middle(whole, width * most, self._glyphs)
        prefix = len(sanitize(self._url[: self._prefix], self._prefix)) if url == whole else 0
        lines = Text(url)
        lines.stylize("dim", 0, prefix)
        wrapped = lines.wrap(self.app.console, width, overflow="fold", no_wrap=False)
        height = min(most, max(len(wrapped), -(-self._longest // width)))
        return Text("\n").join([*wrapped, *[Text()] * (height - len(wrapped))])
