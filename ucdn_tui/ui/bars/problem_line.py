"""ProblemLine: what is wrong, a line for each problem, over the list and not above it, so that no row moves."""

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click
from textual.geometry import Region
from textual.widgets import Static

from ucdn_tui.ui.bars.freshness import FreshnessText
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.ui.text.line_breaks import cut_at_word, wrapped_text

_MOST_LINES = 3


class ProblemLine(Static):
    """Lies over the last lines above the key line; over the first ones if it would hide the selected row there."""

    DEFAULT_CSS = """
    ProblemLine {
        layer: problems; dock: top; display: none; width: 100%; padding: 0 1; text-wrap: nowrap;
        background: $warning-muted; color: auto 100%; text-style: bold;
    }
    ProblemLine.-bad { background: $error-muted; }
    ProblemLine:ansi { background: ansi_yellow; color: ansi_black; }
    ProblemLine.-bad:ansi { background: ansi_red; color: ansi_bright_white; }
    """

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, markup=False)
        self._ellipsis = glyphs.ellipsis
        self._sentences: tuple[str, ...] = ()
        self._lines: list[str] = []
        self._y = 0

    @property
    def sentences(self) -> tuple[str, ...]:
        """The problems that are shown, each in full."""
        return self._sentences

    def show(self, freshness: FreshnessText) -> None:
        """Show these problems: in red if the data suffer from them, else in amber."""
        sentences = tuple(problem.sentence for problem in freshness.problems)
        self.set_class(freshness.style == "bad", "-bad")
        if sentences != self._sentences:
            self._sentences = sentences
            self._lines = []

    def place(self, screen: Region, *, small: bool, keep_visible: Sequence[Region]) -> None:
        """Lay the lines over the screen, where they hide the least of `keep_visible`, whose first region counts most.

        They stay where they are unless they hide some of it. In a small terminal a long sentence has one line.
        """
        lines = problem_lines(self._sentences, screen.width - 2, self._ellipsis, may_wrap=not small)
        below, above = screen.bottom - 1 - len(lines), screen.y + 1  # above the key line, below the status bar
        before = self._y if lines and len(lines) == len(self._lines) else below

        def hidden(y: int) -> list[bool]:
            region = Region(0, y, screen.width, len(lines))
            return [bool(region.intersection(part)) for part in keep_visible]

        y = min((before, below, above), key=hidden)
        if (lines, y) == (self._lines, self._y) and self.display == bool(lines):
            return  # a change lays out the whole screen again
        self._lines, self._y = lines, y
        self.display = bool(lines)
        self.screen.set_class(bool(lines) and y == below, "-problem-below")
        self.styles.height = len(lines)
        self.styles.offset = (0, y)
        self.update(Content("\n".join(lines)))

    async def on_click(self, event: Click) -> None:
        """Show the help, which begins with the problems in full."""
        event.stop()
        await self.run_action("screen.help")


def problem_lines(sentences: Sequence[str], width: int, ellipsis: str, *, may_wrap: bool) -> list[str]:
    """Return at most three lines of `width` cells, one for each problem; with `may_wrap`, two for a single one."""
    if len(sentences) == 1 and may_wrap:
        first = wrapped_text(sentences[0], width)[0]
        rest = sentences[0][len(first) :].strip()
        return [first, *([cut_at_word(rest, width, ellipsis)] if rest else [])]
    return [cut_at_word(sentence, width, ellipsis) for sentence in sentences[:_MOST_LINES]]
