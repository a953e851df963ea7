"""How the help is laid out: sections in one column or two, with a hanging indent. Pure."""

from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len
from rich.text import Text

from ucdn_tui.ui.dialogs.help_sections import HelpRow, HelpSection
from ucdn_tui.ui.text.line_breaks import wrapped_text

TWO_COLUMNS = 104
"""Cells from which there are two columns."""

_GAP = 3
"""Cells between two columns."""

_INDENT = 18
"""Cells before a meaning."""

_NARROW_INDENT = 6
"""The same where most meanings stand below what they explain."""


def help_lines(sections: Sequence[HelpSection], width: int) -> list[Text]:
    """Return the lines, at most `width` cells wide.

    With two columns each section goes to the shorter one, so that the first sections are at the top of both.
    """
    if width < TWO_COLUMNS:
        return _column(sections, width)
    half = (width - _GAP) // 2
    left: list[Text] = []
    right: list[Text] = []
    for section in sections:
        column = left if len(left) <= len(right) else right
        column += [*([Text()] if column else []), *_section(section, half)]
    lines = []
    for start, end in zip_longest(left, right, fillvalue=Text()):
        line = Text().append_text(start)  # a copy would have its style for the whole line
        line.pad_right(half + _GAP - line.cell_len)
        line.append_text(end)
        line.rstrip()
        lines.append(line)
    return lines


def _column(sections: Sequence[HelpSection], width: int) -> list[Text]:
    lines = [line for section in sections for line in (Text(), *_section(section, width))]
    return lines[1:]


def _section(section: HelpSection, width: int) -> list[Text]:
    indent = _INDENT if width >= 2.5 * _INDENT else _NARROW_INDENT
    title = Text(section.title, "strong")
    return [title, *(line for row in section.rows for line in _row(row, indent, width))]


def _row(row: HelpRow, indent: int, width: int) -> list[Text]:
    """Return a row: what it explains, and its meaning to the right; below it if there is no room beside it."""
    meaning = wrapped_text(row.meaning, width - indent)
    if cell_len(row.shown) > indent - 3:
        return [Text.assemble(" ", (row.shown, row.style)), *(Text(f"{'':{indent}}{line}") for line in meaning)]
    start = Text.assemble(" ", (row.shown, row.style))
    start.pad_right(indent - start.cell_len)
    return [start.append(meaning[0]), *(Text(f"{'':{indent}}{line}") for line in meaning[1:])]
