"""The colours on the screen, as they are sent to the terminal."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style
from textual.app import App
from textual.geometry import Region


class Run(NamedTuple):
    """Neighbouring cells of one style in a line of the screen. Others of that style may follow."""

    x: int
    y: int
    text: str
    style: Style


def contrast(style: Style, system: ColorSystem = ColorSystem.TRUECOLOR) -> float:
    """Return WCAG's contrast ratio of text and background, 1 to 21; infinite where the terminal chooses a colour.

    `system` is the number of colours that the terminal has.
    """
    if not (style.color and style.bgcolor and style.color.triplet and style.bgcolor.triplet):
        return float("inf")
    return contrast_of(*(color.downgrade(system).get_truecolor() for color in (style.color, style.bgcolor)))


def contrast_of(*colors: tuple[int, int, int]) -> float:
    """Return WCAG's contrast ratio of two colours, 1 to 21."""
    levels = []
    for color in colors:
        parts = [part / 255 for part in color]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        levels.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return (max(levels) + 0.05) / (min(levels) + 0.05)


def screen_runs(app: App[Any], region: Region | None = None) -> Iterator[Run]:
    """Yield what a terminal gets for a region of the screen, after Textual's filters, in reading order."""
    shown = region or app.screen.region
    strips = app.screen._compositor.render_strips(app.size)
    for y in shown.intersection(app.screen.region).line_range:
        x = shown.x
        for text, style, _ in strips[y].crop(shown.x, shown.right):
            yield Run(x, y, text, style or Style())
            x += cell_len(text)
