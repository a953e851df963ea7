"""A compositor that renders what has changed and is seen; Textual's own, also what lies beneath that, and beside it.

This rests on a private part of Textual's: tests hold it to the very picture that Textual would paint.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

if TYPE_CHECKING:
    from rich.segment import Segment

Pieces = dict[int, int]
"""Parts of a line: the cells where they begin, and those where they end."""


class FrontCompositor(Compositor):
    """Renders, from front to back, the cells that have changed, and nothing of what lies beneath them.

    Under a list lie its pane, the container of both panes, and the screen, and beside it is another one. When twenty
    rows change, Textual has each of these render all of its lines, and divides them all, to throw them away.
    """

    def render_partial_update(self) -> ChopsUpdate | None:
        """Return what is to be sent for the regions that have changed; None for none."""
        spans = [span for span in self._regions_to_spans(self._dirty_regions) if 0 <= span[0] < len(self.cuts)]
        self._dirty_regions.clear()
        wanted: defaultdict[int, Pieces] = defaultdict(dict)
        for y, x1, x2 in spans:
            wanted[y].update((cut, end) for cut, end in pairwise(self.cuts[y]) if cut < x2 and end > x1)
        return _changed(self._front(wanted), spans)

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        lines = (y for y in crop.line_range if y < len(self.cuts) and is_rendered_line(y))
        return self._front({y: dict(pairwise(self.cuts[y])) for y in lines})  # type: ignore[return-value]  # no None

    def _front(self, wanted: Mapping[int, Pieces]) -> list[dict[int, Strip | None]]:
        """Return for each line its strips by the cell where they begin; None for a piece that is not wanted.

        What is `wanted` is taken out piece by piece.
        """
        chops: list[dict[int, Strip | None]] = [dict.fromkeys(edges[:-1]) for edges in self.cuts]
        for widget, (region, clip) in self.visible_widgets.items():
            left, top, width, height = region.intersection(clip)
            seen = range(left, left + width)
            lines = [
                (y, here)
                for y in range(top, top + height)
                if y in wanted and (here := [piece for piece in wanted[y].items() if piece[0] in seen])
            ]
            for run in _runs(lines):
                first = run[0][0]
                start, end = min(here[0][0] for _y, here in run), max(here[-1][1] for _y, here in run)
                crop = Region(start, first, end - start, len(run))
                for (y, here), strip in zip(run, widget.render_lines(crop.translate(-region.offset)), strict=True):
                    for begin, finish in here:
                        chops[y][begin] = strip.crop(begin - start, finish - start)
                        del wanted[y][begin]
        return chops


Line = tuple[int, list[tuple[int, int]]]
"""A line's number, and some of its pieces."""


def _runs(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Give lines that follow each other together."""
    run: list[Line] = []
    for line in lines:
        if run and line[0] != run[-1][0] + 1:
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _changed(chops: list[dict[int, Strip | None]], spans: Iterable[tuple[int, int, int]]) -> ChopsUpdate | None:
    """Return what is to be sent for the spans (line, from, to): them alone, not all from a widget's left edge on."""
    pieces: list[dict[int, Strip | None]] = [{} for _ in chops]
    ends: list[list[int]] = [[] for _ in chops]
    sent: list[tuple[int, int, int]] = []
    for y, x1, x2 in spans:
        for x, strip in chops[y].items():
            if strip is None or x >= x2 or x + strip.cell_length <= x1:
                continue
            first = max(x1, ends[y][-1] if ends[y] else 0) - x  # the last span may have taken what this begins with
            if first <= 0 and x + strip.cell_length <= x2:
                start, piece = 0, strip
            else:
                start, piece = _segments_of(strip, first, x2 - x)
            if piece.cell_length:
                end = x + start + piece.cell_length
                pieces[y][x + start] = piece
                ends[y].append(end)
                sent.append((y, x + start, end))
    return ChopsUpdate(pieces, sent, ends) if sent else None


def _segments_of(strip: Strip, start: int, end: int) -> tuple[int, Strip]:
    """Return the whole segments that these cells are part of, and where they begin: no wide letter is cut in half."""
    found: list[Segment] = []
    edge = begin = 0
    for segment in strip:
        before, edge = edge, edge + segment.cell_length
        if edge > start:
            begin = begin if found else before
            found.append(segment)
        if edge >= end:
            break
    return begin, Strip(found, edge - begin if found else 0)


class FrontScreen(Screen[None]):
    """A screen that paints so."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = FrontCompositor()
