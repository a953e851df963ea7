"""A scroll bar that paints the cells of it that look otherwise: while a list grows, that is hardly ever any."""

from typing import TYPE_CHECKING, Self, cast

from rich.color import Color
from rich.segment import Segment
from textual.geometry import Region
from textual.scrollbar import ScrollBar
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.scrollbar import ScrollBarRender

_NO_COLOUR = Color.default()


class SteadyScrollBar(ScrollBar):
    """Textual's vertical scroll bar, which is painted anew as a whole with each row that a list has more."""

    _shown: list[Segment]
    """What was painted last, a segment a line."""

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        if regions or layout or recompose or not repaint or not self.size or not hasattr(self, "_shown"):
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        shown = self._lines()
        if len(shown) != len(self._shown):
            return super().refresh()
        pairs = enumerate(zip(shown, self._shown, strict=True))
        changed = [Region(0, y, self.size.width, 1) for y, (now, before) in pairs if now != before]
        return super().refresh(*changed) if changed else self

    def render_lines(self, crop: Region) -> list[Strip]:
        self._shown = shown = self._lines()
        background = self.background_colors[1]
        strips = [Strip([shown[y]], self.size.width) if y < len(shown) else Strip([]) for y in crop.line_range]
        for each in self.get_line_filters():
            strips = [strip.apply_filter(each, background) for strip in strips]
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def _lines(self) -> list[Segment]:
        bar, (width, height) = cast("ScrollBarRender", self.render()), self.size
        style = self.app.console.get_style(bar.style)
        painted = bar.render_bar(
            size=height,
            virtual_size=bar.virtual_size,
            window_size=bar.window_size,
            position=bar.position,
            thickness=width,
            vertical=True,
            back_color=style.bgcolor or _NO_COLOUR,
            bar_color=style.color or _NO_COLOUR,
        )
        below = self.visual_style.rich_style
        return [Segment(text, below + own if own else below) for text, own, _ in painted.segments]
