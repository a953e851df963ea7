"""How a URL becomes shorter than it is, and still differs from the other URLs of its list. Pure."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from ucdn_tui.text import sanitize
from ucdn_tui.ui.text.format import fitting
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.watch.listing.url_index import UrlIndex

_SPLIT = re.compile(r"(?P<scheme>https?://)?(?P<host>[^/?#]*)(?P<path>[^?#]*)(?P<query>.*)", re.DOTALL | re.IGNORECASE)

_SPLIT_PATH = re.compile(r"(?P<scheme>)(?P<host>)(?P<path>[^?#]*)(?P<query>.*)", re.DOTALL)

_LABEL = re.compile(r"\.?[^.]+|\.")
_SEGMENT = re.compile(r"/?[^/]+/?\Z|/?[^/]+|/")
_PARAMETER = re.compile(r"[?&#][^?&#]*|[^?&#]+")

_LONG = 2000
"""Characters: of a longer URL, only the ends and what distinguishes it are considered."""

_END = 500
"""Characters that are considered at each end of a long URL."""

_MOST = 50
"""Of more places where a URL differs from others, only the last ones are considered: there it differs from those that
are most like it."""

_GAP = "\0"
"""Stands for what is left out, until it is painted as an ellipsis. Sanitized text does not have it."""

_HOST, _FOLDER, _QUERY, _NAME, _SCHEME = range(5)
"""What is left out first. The last two are not left out as a whole while anything else can be shortened."""

_NAME_CELLS = 12
"""A file name is not cut below this width while a part that distinguishes the URL can be cut around what does."""


class _Part(NamedTuple):
    text: str
    start: int
    """Its first character's position in the URL."""

    kind: int

    def needs(self, positions: Sequence[int]) -> list[int]:
        """Return the positions for which this part is needed, as indices of its text.

        The slash after a folder tells /v1/ from /v10/, so it needs the folder before it. The beginning of a parameter
        needs that parameter as well, as another URL may end there.
        """
        begin = self.start + (self.start > 0 and self.text[0] in "/.")
        end = self.start + len(self.text)
        found = positions[bisect_left(positions, begin) : bisect_right(positions, end)]
        return [min(position, end - 1) - self.start for position in found]


def short_url(
    url: str, width: int, glyphs: Glyphs, urls: UrlIndex | None = None, *, start: int = 0, keep: range = range(0)
) -> str:
    """Return a URL in at most `width` cells, safe to show.

    What distinguishes it from the other `urls` stays, and the characters in `keep`. Other parts go in this order: the
    scheme (http stays where it distinguishes), labels of the host, folders, the query, the file name. The first `start`
    characters are not shown at all.
    """
    start = start or _scheme(url, urls)
    if start >= len(url):
        start = 0
    plain = url.isascii() and url.isprintable()
    if plain and len(url) - start <= width:
        return url[start:] or glyphs.nothing
    positions = [] if urls is None else urls.branches(url)[-_MOST:]
    text, positions = _condensed(url, start, positions, keep, glyphs)
    if not plain:
        positions = [len(sanitize(text[:position])) for position in positions]
        text = sanitize(text)
    if width <= 0:
        return ""
    if _cells(text) <= width:
        return text
    return _fitted(_parts(text, is_path=start > len("https://")), positions, width, glyphs.ellipsis)


def _scheme(url: str, urls: UrlIndex | None) -> int:
    """Return the length of the scheme if it is not shown: https never is, http only among other schemes."""
    head = url[:8].lower()
    if head.startswith("https://"):
        return 8
    if head.startswith("http://") and not (urls is not None and urls.has_several_schemes):
        return 7
    return 0


def _condensed(url: str, start: int, branches: Sequence[int], keep: range, glyphs: Glyphs) -> tuple[str, list[int]]:
    """Return the URL from `start` on without the middle of what is very long, and where in it is what has to stay."""
    last = len(url) - 1
    staying = *branches, *(keep and range(keep.start, keep.stop + 1))  # a slash at its end counts to what is before it
    positions = sorted({min(position, last) for position in staying if position >= start})
    if len(url) - start <= _LONG:
        return url[start:], [position - start for position in positions]
    spans = [
        (start, start + _END),
        *sorted((max(start, at - 40), at + 80) for at in (*branches[-5:], *keep[:_END])),
        (len(url) - _END, last + 1),
    ]
    text, at, kept = "", start, []
    for begin, end in spans:
        begin = max(begin, at)
        if begin > at:
            text += glyphs.ellipsis
        kept += [len(text) + position - begin for position in positions if begin <= position < end]
        text += url[begin:end]
        at = max(at, end)
    return text, kept


def _parts(url: str, *, is_path: bool) -> list[_Part]:
    """Return the parts of a URL, or of its path and query."""
    match = (_SPLIT_PATH if is_path else _SPLIT).match(url)
    if match is None:  # the expression matches any text
        return [_Part(url, 0, _NAME)]
    parts: list[_Part] = []
    if match["scheme"]:
        parts.append(_Part(match["scheme"], 0, _SCHEME))
    labels = list(_LABEL.finditer(match["host"]))
    # The last two labels, as in example.com, are one part.
    parts += [_Part(label[0], match.start("host") + label.start(), _HOST) for label in labels[:-2]]
    if labels:
        domain = labels[-2:][0].start()
        parts.append(_Part(match["host"][domain:], match.start("host") + domain, _HOST))
    parts += [
        _Part(found[0], match.start("path") + found.start(), _FOLDER) for found in _SEGMENT.finditer(match["path"])
    ]
    if match["path"]:
        parts[-1] = parts[-1]._replace(kind=_NAME)
    query = _PARAMETER.finditer(match["query"])
    return parts + [_Part(found[0], match.start("query") + found.start(), _QUERY) for found in query]


def _fitted(parts: list[_Part], positions: Sequence[int], width: int, ellipsis: str) -> str:
    """Return the parts in `width` cells: without some, then with cut names, then what is around the positions."""
    texts: list[str | None] = [part.text for part in parts]
    needed = [part.needs(positions) for part in parts]
    removable = [index for index, part in enumerate(parts) if not needed[index] and part.kind < _NAME]
    removable.sort(key=lambda index: (parts[index].kind, _query_last(parts[index])))
    used = sum(_cells(part.text) for part in parts)
    removed = []
    for index in removable:
        if used <= width:
            break
        if (saved := _saved(texts, index)) > 0:
            used -= saved
            texts[index] = None
            removed.append(index)
    # A long query that had to go may have left room for the folders and the host.
    for index in reversed([index for index in removed if parts[index].kind < parts[removed[-1]].kind]):
        texts[index] = parts[index].text
        if used + (saved := _saved(texts, index)) > width:
            texts[index] = None
            break
        used += saved
    shown = _joined(texts, ellipsis)
    # Names that nothing needs are cut in the middle, then other parts around what is needed, then the names even more.
    names = [index for index in range(len(parts)) if not needed[index]]
    others = [index for index, part in enumerate(parts) if needed[index] and part.kind != _SCHEME]
    cuts = [*((name, _NAME_CELLS) for name in names), *((other, 0) for other in others), *((name, 5) for name in names)]
    for index, least in cuts:
        text, over = texts[index], _cells(shown) - width
        if over <= 0:
            break
        if text is not None:
            texts[index] = _cut_around(text, needed[index], over) if needed[index] else _cut_name(text, over, least)
            shown = _joined(texts, ellipsis)
    if _cells(shown) > width and positions:
        shown = _joined([text if needed[index] else None for index, text in enumerate(texts)], ellipsis)
    if _cells(shown) <= width:
        return shown
    return _around("".join(part.text for part in parts), positions, width, ellipsis)


def _saved(texts: Sequence[str | None], index: int) -> int:
    """Return how many cells the text takes more than leaving it out. Neighbours that are left out share an ellipsis."""
    text = texts[index] or ""
    neighbours = [texts[beside] is None for beside in (index - 1, index + 1) if 0 <= beside < len(texts)]
    return _cells(text) - 1 + sum(neighbours)


def _query_last(part: _Part) -> int:
    """Return a sort key: hosts and folders from the left, parameters from the right."""
    return -part.start if part.kind == _QUERY else part.start


def _joined(texts: Iterable[str | None], ellipsis: str) -> str:
    """Return the texts, with one ellipsis in place of what is left out between two."""
    return re.sub(f"{_GAP}+", ellipsis, "".join(_GAP if text is None else text for text in texts))


def _cut_name(text: str, over: int, least: int) -> str:
    """Return the text without its middle, some `over` cells shorter, but at least of `least` cells and an ellipsis."""
    keep = max(_cells(text) - over - 1, least)
    if keep + 1 >= _cells(text):
        return text
    tail = fitting(reversed(text), keep * 2 // 3)[::-1]
    return fitting(text, keep - _cells(tail)) + _GAP + tail


def _cut_around(text: str, needed: Sequence[int], over: int) -> str:
    """Return the text some `over` cells shorter, or as short as what is needed allows."""
    low, high = needed[0], needed[-1] + 1
    # Take from both sides, the longer one first, but leave some characters around what is needed.
    left, right = text[:low], text[high:]
    spare_left, spare_right = max(0, len(left) - 1), max(0, len(right) - 1)
    over += (spare_left > 0) + (spare_right > 0)  # the ellipses
    cut_right = min(spare_right, max(over - spare_left, (over * spare_right) // max(1, spare_left + spare_right)))
    cut_left = min(spare_left, over - cut_right)
    # The ends stay longest: the beginning of a folder, the suffix of a file.
    first, last = (len(left) - cut_left) // 2, (len(right) - cut_right) // 2
    head = left if cut_left < 2 else left[:first] + _GAP + left[first + cut_left :]
    tail = right if cut_right < 2 else right[: len(right) - last - cut_right] + _GAP + right[len(right) - last :]
    return head + text[low:high] + tail


def _around(text: str, positions: Sequence[int], width: int, ellipsis: str) -> str:
    """Return what is around the positions, as much as fits. If not even these fit, the first ones are left out.

    Those that come last distinguish the text from the ones that are most like it.
    """
    positions = positions or [len(text) - 1]

    def shown(first: int, radius: int) -> str:
        return _joined(_windows(text, positions[first:], radius), ellipsis)

    def is_over(first: int, radius: int) -> bool:
        return _cells(shown(first, radius)) > width

    first = bisect_left(range(len(positions) - 1), True, key=lambda first: not is_over(first, 0))
    radius = bisect_left(range(width), True, key=lambda radius: is_over(first, radius)) - 1
    return shown(first, radius) if radius >= 0 else fitting(text[positions[-1] :], width)


def _windows(text: str, positions: Sequence[int], radius: int) -> Iterator[str | None]:
    """Yield the text up to `radius` characters around each position, and None for what is between these."""
    end = 0
    for position in positions:
        begin = max(end, position - radius)
        if begin > end:
            yield None
        end = max(end, min(len(text), position + radius + 1))
        yield text[begin:end]
    if end < len(text):
        yield None


def _cells(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)
