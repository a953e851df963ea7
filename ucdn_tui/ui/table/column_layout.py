"""A table's columns: their definition, how they share the width, and the segments of one cell."""

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, Literal, TypeVar

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

R = TypeVar("R")

StyleName = str | Style
"""A span's style: a name of the theme's styles ("ok", "dim"), or a Rich style."""

LINK = "link "
"""Prefix of a style name that makes the text a link to the address behind it. Cheaper than a Rich style per link."""

Styles = Callable[[tuple[StyleName, ...]], Style]
"""Combines the overlapping styles of a run of text, lowest first, into one."""

Align = Literal["left", "right"]

GAP = 1
"""Cells between two columns."""

_CODE_POINTS_PER_CELL = 4
"""Limit: a letter with its combining marks is rarely longer, and a flood of them must not reach the terminal."""

_narrow = re.compile(
    r"[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2190-\u21ff\u2500-\u25fc\u2714\u2716]*"
).fullmatch
"""Matches text of safe one-cell characters only, as in nearly every cell; its width is its length."""

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, line separators, direction overrides and lone surrogates: a terminal acts on them, or fails on them."""

_JOINERS = {0x200D: None, 0xFE0F: None}
"""Joiners and variation selectors. With them, the width of a character differs from terminal to terminal."""


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column of a table over rows of type R. Widths are in cells."""

    id: str
    label: str
    """The header's text, already translated."""
    width: int
    """Preferred width of a fixed column. A growing column starts at `min_width`."""
    render: Callable[[R, int], Text]
    """Returns the text of a row's cell of the given width. Called again only when the row changes."""
    min_width: int = 1
    grow: int = 0
    """Weight in the distribution of spare width; 0 for a fixed column."""
    drop: int | None = None
    """Columns with the lowest number are dropped first when the width is short; None is never dropped."""
    align: Align = "left"
    ticking: Callable[[R], bool] | None = None
    """Returns whether the row's cell changes with the clock alone, as an age does."""
    shows: Callable[[R], Hashable] | None = None
    """Returns all that the cell depends on. Rows with equal values share one rendered cell."""

    def __post_init__(self) -> None:
        if not 1 <= self.min_width <= self.width or self.grow < 0:
            raise ValueError(f"column {self.id!r}: 1 <= min_width <= width and grow >= 0 expected")


def fit(columns: Sequence[Column[R]], width: int) -> tuple[tuple[Column[R], int], ...]:
    """Choose the columns that fit into `width` cells, and their widths. With the gaps they never exceed it.

    Droppable columns are dropped first (of equals the rightmost). Then the others shrink to `min_width`, then below it
    in proportion, down to 1 cell. Where not even one cell each is left, the rightmost columns are left out.
    """
    chosen = list(columns)
    while _cells(chosen) > width and (droppable := [column for column in chosen if column.drop is not None]):
        chosen.remove(min(reversed(droppable), key=lambda column: column.drop or 0))
    chosen = chosen[: max(0, (width + GAP) // (1 + GAP))]
    room = width - GAP * (len(chosen) - 1)
    wanted = [_start(column) for column in chosen]
    least = [column.min_width for column in chosen]
    if sum(wanted) <= room:
        grown = _share(room - sum(wanted), [column.grow for column in chosen])
        sizes = [size + more for size, more in zip(wanted, grown, strict=True)]
    elif sum(least) <= room:
        sizes = _between(least, wanted, room)
    else:
        sizes = _between([1] * len(chosen), least, room)
    return tuple(zip(chosen, sizes, strict=True))


def _start(column: Column[R]) -> int:
    return column.min_width if column.grow else column.width


def _cells(columns: Sequence[Column[R]]) -> int:
    return sum(map(_start, columns)) + GAP * (len(columns) - 1)


def _between(low: list[int], high: list[int], total: int) -> list[int]:
    """Return sizes that add up to `total`, all at the same proportion between `low` and `high`."""
    steps = [top - bottom for bottom, top in zip(low, high, strict=True)]
    return [bottom + step for bottom, step in zip(low, _share(total - sum(low), steps), strict=True)]


def _share(amount: int, weights: list[int]) -> list[int]:
    """Split `amount` by weight into whole numbers (largest remainders first); zeros where all weights are 0."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    shares = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: amount * weights[i] % total, reverse=True)
    for i in by_remainder[: amount - sum(shares)]:
        shares[i] += 1
    return shares


def replace_controls(text: str) -> str:
    """Return `text` with each character that would act on the terminal replaced by U+FFFD."""
    return _UNSAFE.sub("\ufffd", text)


def paint(text: Text, width: int, align: Align, styles: Styles) -> list[Segment]:
    """Return segments that are `width` cells wide in total: the text cut, or padded with spaces."""
    plain = text.plain  # fast path: nearly every cell is plain text that fits
    if not text.spans and len(plain) <= width and width and _narrow(plain):
        if not text.style:
            return [Segment(plain.rjust(width) if align == "right" else plain.ljust(width), styles(()))]
        if plain:
            cell = [Segment(plain, styles((text.style,)))]
            if len(plain) < width:
                cell.insert(0 if align == "right" else 1, Segment(" " * (width - len(plain)), styles(())))
            return cell
    segments: list[Segment] = []
    room = width
    for piece, names in _tiles(text, width) or _runs(text, width * _CODE_POINTS_PER_CELL):
        shown, used, whole = _cut(piece, room, at_start=room == width)
        if shown:
            segments.append(Segment(shown, styles(names)))
        room -= used
        if not whole:
            break
    if room:
        segments.insert(0 if align == "right" else len(segments), Segment(" " * room, styles(())))
    return segments


def _tiles(text: Text, width: int) -> list[tuple[str, tuple[StyleName, ...]]]:
    """Return what `_runs` yields, faster, where no spans overlap and the text fits; else an empty list."""
    plain = text.plain
    if len(plain) > width:
        return []
    base = (text.style,) if text.style else ()
    tiles: list[tuple[str, tuple[StyleName, ...]]] = []
    at = 0
    for start, end, style in text.spans:
        if not (at <= start < end <= len(plain) and style):
            return []
        if at < start:
            tiles.append((plain[at:start], base))
        tiles.append((plain[start:end], (*base, style)))
        at = end
    if at < len(plain):
        tiles.append((plain[at:], base))
    return tiles


def _runs(text: Text, limit: int) -> Iterator[tuple[str, tuple[StyleName, ...]]]:
    """Yield the runs of equal style in the text's first `limit` characters, each with its styles."""
    plain = text.plain[:limit]
    base = (text.style,) if text.style else ()
    spans = [span for span in text.spans if span.start < len(plain) and span.style]
    if not spans:
        yield plain, base
        return
    edges = sorted({0, len(plain), *(edge for span in spans for edge in span[:2] if 0 < edge < len(plain))})
    for start, end in pairwise(edges):
        names = tuple(span.style for span in spans if span.start <= start and span.end >= end)
        yield plain[start:end], base + names


def _cut(piece: str, room: int, *, at_start: bool) -> tuple[str, int, bool]:
    """Return the part of `piece` that fits into `room` cells, its width in cells, and whether it is the whole."""
    if _narrow(piece):
        return piece[:room], min(len(piece), room), len(piece) <= room
    shown: list[str] = []
    used = 0
    for char in replace_controls(piece).translate(_JOINERS):
        size = get_character_cell_size(char)
        if used + size > room:
            return "".join(shown), used, False
        if size or used or not at_start:  # a combining mark without a letter would join the previous column
            shown.append(char)
            used += size
    return "".join(shown), used, True
