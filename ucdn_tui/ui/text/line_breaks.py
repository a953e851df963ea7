"""Where a text may be broken into lines: after spaces and, unlike Textual does it, between Chinese characters."""

from collections.abc import Iterator

from rich.cells import cell_len, chop_cells, get_character_cell_size, set_cell_size
from textual.content import Content

_NEVER_FIRST = frozenset("、。，．：；！？）］｝〕〉》」』】’”…·％")
"""Punctuation that begins no line."""

_NEVER_LAST = frozenset("（［｛〔〈《「『【‘“")
"""Punctuation that ends no line."""


def wrapped_text(text: str, width: int) -> list[str]:
    """Return a text in lines of at most `width` cells."""
    return [line.plain for line in wrapped(Content(text), width).split("\n", allow_blank=True)]


def cut_at_word(text: str, width: int, ellipsis: str) -> str:
    """Return a text cut to `width` cells: where a line may end, if that is in the second half of the line."""
    if cell_len(text) <= width:
        return text
    room = max(0, width - cell_len(ellipsis) - 1)
    line = wrapped_text(text, room)[0]
    shown = line if width // 2 < cell_len(line) <= room else set_cell_size(text, room)
    return f"{shown.rstrip()} {ellipsis}" if width > 1 else ellipsis[:width]


def wrapped(content: Content, width: int) -> Content:
    """Return a text in lines of at most `width` cells. A line that continues an indented one is indented, too."""
    lines: list[Content] = []
    for line in content.split("\n", allow_blank=True):
        indent = len(line.plain) - len(line.plain.lstrip(" "))
        rest = line[indent:]
        parts = rest.divide(line_starts(rest.plain, max(2, width - indent)))
        lines += [Content(" " * indent) + part.rstrip() for part in parts]
    return Content("\n").join(lines)


def line_starts(text: str, width: int) -> list[int]:
    """Return where in a text new lines begin. What is too long for a whole line is broken anywhere."""
    starts: list[int] = []
    used = 0
    for begin, end in _unbreakable(text):
        part = text[begin:end]
        needed = cell_len(part.rstrip())
        if used + needed > width and begin:
            starts.append(begin)
            used = 0
        if needed > width:
            pieces = chop_cells(part, width)
            for piece in pieces[:-1]:
                begin += len(piece)
                starts.append(begin)
            part = pieces[-1]
        used += cell_len(part)
    return starts


def _unbreakable(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each part that stays on one line begins and ends, with the spaces after it."""
    begin = 0
    for at in range(1, len(text)):
        if _may_break(text[at - 1], text[at]):
            yield begin, at
            begin = at
    if text:
        yield begin, len(text)


def _may_break(last: str, first: str) -> bool:
    """Return whether a line may end with one character and the next line begin with the other."""
    if first.isspace() or last.isspace():
        return last.isspace() and not first.isspace()
    if first in _NEVER_FIRST or last in _NEVER_LAST:
        return False
    sizes = {get_character_cell_size(last), get_character_cell_size(first)}
    is_duration = last.isalnum() and first.isalnum() and sizes == {1, 2}  # 3分20秒; other words have a space between
    return 2 in sizes and 0 not in sizes and not is_duration
