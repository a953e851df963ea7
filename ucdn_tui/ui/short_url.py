"""How a URL becomes shorter than it is, and still differs from the other URLs of its list. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size

from ucdn_tui.text import sanitize
from ucdn_tui.ui.glyphs import Glyphs
from ucdn_tui.watch.listing.url_index import UrlIndex

_SPLIT = re.compile(r"(?P<scheme>https?://)?(?P<host>[^/?#]*)(?P<path>[^?#]*)(?P<query>.*)", re.DOTALL | re.IGNORECASE)

_LABEL = re.compile(r"\.?[^.]+|\.")
_SEGMENT = re.compile(r"/[^/]+/?\Z|/[^/]*")
_PARAMETER = re.compile(r"[?&#][^?&#]*|[^?&#]+")

_LEFT_OUT = re.compile("\0+")

_LONG = 2000
"""Characters: of a longer URL, only the ends and what distinguishes it are considered."""

_END = 500
"""Characters that are considered at each end of a long URL."""

_AROUND = 8
"""Characters that are shown on each side of what distinguishes an overlong part, if there is room."""

_HOST, _FOLDER, _QUERY, _NAME = range(4)
"""What is left out first."""


class _Part(NamedTuple):
    text: str
    start: int
    """Its first character's position in the URL."""

    kind: int

    def needs(self, positions: Iterable[int]) -> list[int]:
        """Return the positions that lie in this part."""
        end = self.start + len(self.text)
        return [position for position in positions if self.start <= position < end]


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
    positions = [] if urls is None else urls.branches(url)
    text, positions = _condensed(url, start, [*positions, *keep[:1], *keep[-1:]], glyphs)
    if not plain:
        positions = [len(sanitize(text[:position])) for position in positions]
        text = sanitize(text)
    if width <= 0:
        return ""
    return text if _cells(text) <= width else _fitted(_parts(text), positions, width, glyphs.ellipsis)


def _scheme(url: str, urls: UrlIndex | None) -> int:
    """Return the length of the scheme if it is not shown: https never is, http only among other schemes."""
    head = url[:8].lower()
    if head.startswith("https://"):
        return 8
    if head.startswith("http://") and not (urls is not None and urls.has_several_schemes):
        return 7
    return 0


def _condensed(url: str, start: int, branches: Sequence[int], glyphs: Glyphs) -> tuple[str, list[int]]:
    """Return the URL from `start` on without the middle of what is very long, and the branches as its positions."""
    last = len(url) - 1
    positions = sorted({min(position, last) for position in branches if position >= start})
    if len(url) - start <= _LONG:
        return url[start:], [position - start for position in positions]
    spans = [
        (start, start + _END),
        *((max(start, at - 40), at + 80) for at in positions[-5:]),
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


def _parts(url: str) -> list[_Part]:
    match = _SPLIT.match(url)
    if match is None:  # the expression matches any text
        return [_Part(url, 0, _NAME)]
    parts: list[_Part] = []
    if match["scheme"]:
        parts.append(_Part(match["scheme"], 0, _NAME))
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
    """Return the parts in `width` cells: without some, then with cut names, then without what cannot be kept."""
    texts: list[str | None] = [part.text for part in parts]
    needed = [part.needs(positions) for part in parts]
    removable = [index for index, part in enumerate(parts) if not needed[index] and part.kind != _NAME]
    used = sum(_cells(part.text) for part in parts)
    for index in sorted(removable, key=lambda index: (parts[index].kind, _query_last(parts[index]))):
        texts[index] = None
        # Neighbours that are left out share one ellipsis.
        neighbours = [texts[beside] is None for beside in (index - 1, index + 1) if 0 <= beside < len(texts)]
        used += 1 - sum(neighbours) - _cells(parts[index].text)
        if used <= width:
            return _joined(texts, ellipsis)
    # Names that nothing needs are cut in the middle, the others around what is needed; at first those that come first.
    for index in sorted(range(len(parts)), key=lambda index: (bool(needed[index]), index)):
        over = _cells(_joined(texts, ellipsis)) - width
        text = texts[index]
        if over <= 0:
            break
        if text is not None:
            texts[index] = _cut_around(text, [at - parts[index].start for at in needed[index]], over, ellipsis)
    shown = _joined(texts, ellipsis)
    return shown if _cells(shown) <= width else _last_resort(parts, positions, width, ellipsis)


def _query_last(part: _Part) -> int:
    """Return a sort key: hosts and folders from the left, parameters from the right."""
    return -part.start if part.kind == _QUERY else part.start


def _joined(texts: Sequence[str | None], ellipsis: str) -> str:
    """Return the texts, with one ellipsis in place of neighbours that are left out."""
    joined = "".join("\0" if text is None else text for text in texts)
    return _LEFT_OUT.sub(ellipsis, joined).replace(ellipsis * 2, ellipsis)


def _cut_around(text: str, needed: Sequence[int], over: int, ellipsis: str) -> str | None:
    """Return the text some `over` cells shorter, or as short as what is needed allows; None without anything needed."""
    if not needed:
        keep = _cells(text) - over - 1
        if keep < 6:
            return None
        tail = _fitting(reversed(text), keep * 2 // 3)[::-1]
        return _fitting(text, keep - _cells(tail)) + ellipsis + tail
    low, high = needed[0], needed[-1] + 1
    # Take from both sides, the longer one first, but leave some characters around what is needed.
    left, right = low, len(text) - high
    spare_left, spare_right = max(0, left - 1), max(0, right - 1)
    over += (spare_left > 0) + (spare_right > 0)  # the ellipses
    cut_right = min(spare_right, max(over - spare_left, (over * spare_right) // max(1, spare_left + spare_right)))
    cut_left = min(spare_left, over - cut_right)
    head = ellipsis + text[cut_left:high] if cut_left > 1 else text[:high]
    rest = text[high : len(text) - cut_right] + ellipsis if cut_right > 1 else text[high:]
    return head + rest


def _last_resort(parts: list[_Part], positions: Sequence[int], width: int, ellipsis: str) -> str:
    """Return the cells around the last position, or the end: nearest neighbours differ there."""
    url = "".join(part.text for part in parts)
    if width < 4:
        return _fitting(url[positions[-1] :] if positions else url, width)
    at = positions[-1] if positions else len(url) - 1
    room = width - 2
    before = _fitting(reversed(url[:at]), min(room // 2, _AROUND))[::-1]
    after = _fitting(url[at:], room - _cells(before))
    before = _fitting(reversed(url[:at]), room - _cells(after))[::-1]
    begins, ends = at == len(before), at + len(after) == len(url)
    return ("" if begins else ellipsis) + before + after + ("" if ends else ellipsis)


def _cells(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _fitting(characters: Iterable[str], width: int) -> str:
    """Return the characters that fit into `width` cells."""
    fitting, used = [], 0
    for character in characters:
        used += get_character_cell_size(character)
        if used > width:
            break
        fitting.append(character)
    return "".join(fitting)
