"""How well one colour can be told from another, and colours changed until they can."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import dist

from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.color import Color, rgb_to_lab

Rgb = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

Shown = Callable[[Rgb], Rgb]
"""Returns the colour that a terminal shows for another."""

BLACK: Rgb = (0, 0, 0)
WHITE: Rgb = (255, 255, 255)

TEXT = 4.5
"""WCAG AA: minimum contrast of text on its background."""

_STEPS = 32
"""Steps from a colour to black or white."""


def contrast(one: Rgb, other: Rgb) -> float:
    """Return WCAG's contrast ratio, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def of_all(color: Rgb) -> Rgb:
    """Return what a terminal with all colours shows: the colour itself."""
    return color


def of_256(color: Rgb) -> Rgb:
    """Return what a terminal of 256 colours shows."""
    red, green, blue = RichColor.from_rgb(*color).downgrade(ColorSystem.EIGHT_BIT).get_truecolor()
    return red, green, blue


def readable(color: Rgb, backgrounds: Sequence[Rgb], minimum: float = TEXT, shown: Shown = of_all) -> Rgb:
    """Return the colour, mixed with as little white or black as gives it this contrast with each background.

    Where no mixture does, return white or black. What counts is how the terminal shows the colours.
    """
    below = list(map(shown, backgrounds))

    def lowest(text: Rgb) -> float:
        return min(contrast(shown(text), background) for background in below)

    end = max((WHITE, BLACK), key=lowest)
    mixtures = (mix(color, end, step / _STEPS) for step in range(_STEPS))
    return next((mixture for mixture in mixtures if lowest(mixture) >= minimum), end)


def mix(color: Rgb, other: Rgb, share: float) -> Rgb:
    """Return a colour between two; `share` is the other's, 0 to 1."""
    red, green, blue = (round(part + (wanted - part) * share) for part, wanted in zip(color, other, strict=True))
    return red, green, blue


def difference(one: Rgb, other: Rgb) -> float:
    """Return how different two colours look: their distance in CIELAB. Below 20 they are easily confused."""
    first, second = (rgb_to_lab(Color(*color)) for color in (one, other))
    return dist((first.L, first.a, first.b), (second.L, second.a, second.b))


@lru_cache(maxsize=1024)
def _luminance(color: Rgb) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (part / 255 for part in color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
