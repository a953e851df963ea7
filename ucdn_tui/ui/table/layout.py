"""A table's columns: their definition, how they share the width, and the segments of one cell."""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, Literal, NamedTuple, TypeVar

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
    """One column of a table over rows of type R."""

    id: str
    label: str
    """The header's text, already translated."""
    render: Callable[[R, int], Text]
    """Returns the text of a row's cell of the given width in cells. Called again only when the row changes."""
    short_label: str = ""
    """The header's text where the label has no room."""
    grows: bool = False
    """Whether its width grows cell by cell. Otherwise it has one of the widths of its steps, so no word is cut."""
    absorbs: bool = False
    """Whether it gets the cells that are left over."""
    align: Align = "left"
    sortable: bool = True
    """Whether the rows can be sorted by it."""
    ticking: Callable[[R], bool] | None = None
    """Returns whether the row's cell changes with the clock alone, as an age does."""
    shows: Callable[[R], Hashable] | None = None
    """Returns all that the cell depends on. Rows with equal values share one rendered cell."""


class Step(NamedTuple):
    """One step of a table's growth: this column gets this width in cells. Its first step shows the column."""

    column: str
    width: int


def fit(columns: Sequence[Column[R]], steps: Iterable[Step], width: int) -> tuple[tuple[Column[R], int], ...]:
    """Return the columns that fit into `width` cells, in their order, and their widths in cells.

    The steps are taken in order, until one does not fit. So no column is ever narrower in a wider table, but for the
    one that absorbs what is left over.
    """
    by_id = {column.id: column for column in columns}
    sizes: dict[str, int] = {}
    room = width
    for step in steps:
        column = by_id.get(step.column)
        if column is None:
            continue
        gap = GAP if sizes and column.id not in sizes else 0
        size = sizes.get(column.id, 0)
        more = min(step.width - size, room - gap) if column.grows else step.width - size
        if more <= 0:
            continue
        if gap + more > room:
            break
        sizes[column.id] = size + more
        room -= gap + more
        if sizes[column.id] < step.width:
            break
    for column in columns:
        if column.absorbs and column.id in sizes:
            sizes[column.id] += room
            room = 0
    return tuple((column, sizes[column.id]) for column in columns if column.id in sizes)


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
