"""SVG screenshots that keep the terminal's grid, need no network, and can be compared."""

import difflib
import html
import itertools
import os
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest
from rich.cells import cell_len, split_graphemes
from textual.app import App

_Kind = Literal["letters", "lines", "alone"]

CELL_WIDTH = 12.2
"""Pixels. Rich draws letters 20 pixels high and 0.61 times as wide."""

_FONTS = (
    '"Fira Code", "Noto Sans Mono", "Noto Sans Mono CJK SC", "Noto Sans Symbols2", "Noto Sans Symbols", monospace, '
    '"Noto Color Emoji"'  # last, so that a monochrome glyph is preferred, as in terminals
)
_TITLE_FONTS = '"Noto Sans", "Noto Sans CJK SC", sans-serif'

_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_TEXT = re.compile(
    r'<text class="(?P<style>[^"]*)" x="(?P<x>[0-9.e+]+)" y="(?P<y>[0-9.e+]+)" textLength="[0-9.e+]+"'
    r'(?P<fit> lengthAdjust="[a-zA-Z]+")? clip-path="(?P<clip>[^"]*)">(?P<body>[^<]*)</text>'
)


class SvgSnapshot(Protocol):
    """The `svg_snapshot` fixture: compares an app's screen with the stored one; a test's second needs a name."""

    def __call__(self, app: App[Any], name: str = "") -> None: ...


def grid_exact(svg: str) -> str:
    """Return a Textual or Rich screenshot with every character in its column, and without fonts from the network.

    Rich counts characters, not cells, and a renderer takes missing glyphs from fonts with other widths. Both shift
    the rest of the line, so each character that the first font may lack gets a position of its own.
    """
    svg = _FONT_FACE.sub("", svg)
    svg = svg.replace("font-family: Fira Code, monospace;", f"font-family: {_FONTS}; font-variant-ligatures: none;")
    svg = svg.replace("font-variant-east-asian: full-width;", "")
    svg = svg.replace("font-family: arial;", f"font-family: {_TITLE_FONTS};")
    return _TEXT.sub(_place, svg)


def normalise(svg: str) -> str:
    """Return a screenshot in the form stored for comparison: `grid_exact`, stable names, one element a line."""
    svg = re.sub(r"\bterminal-\d+-", "terminal-", grid_exact(svg))
    svg = svg.replace("><rect ", ">\n<rect ").replace("><text ", ">\n<text ")
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


def screen_text(svg: str) -> str:
    """Return the text of a screenshot, line by line."""
    lines: defaultdict[float, list[tuple[float, str]]] = defaultdict(list)
    for match in _TEXT.finditer(svg):
        body = html.unescape(match["body"]).replace("\xa0", " ")
        lines[float(match["y"])].append((float(match["x"]), body))
    rows: list[str] = []
    for y, pieces in sorted(lines.items()):
        row = ""
        for x, body in sorted(pieces):
            row += " " * (round(x / CELL_WIDTH) - cell_len(row)) + body
        rows += [""] * (round((y - 20) / 24.4) - len(rows)) + [row.rstrip()]
    return "\n".join(rows)


def _place(match: re.Match[str]) -> str:
    """Split a text element into several, each starting at its own column."""
    x, elements = float(match["x"]), []
    for run, kind in _runs(html.unescape(match["body"])):
        width = cell_len(run) * CELL_WIDTH
        # The font's letters are 12 pixels wide, 0.2 less than a cell. Between lines and blocks this shows as seams:
        # stretch them. A symbol from another font may be wider than its cell: squeeze it.
        stretch = kind == "lines" or (kind == "alone" and cell_len(run) == 1)
        fit = ' lengthAdjust="spacingAndGlyphs"' if stretch else ""
        elements.append(
            f'<text class="{match["style"]}" x="{x:g}" y="{match["y"]}" textLength="{width:g}"{fit}'
            f' clip-path="{match["clip"]}">{html.escape(run).replace(chr(0xA0), "&#160;")}</text>'
        )
        x += width
    return "".join(elements)


def _runs(text: str) -> list[tuple[str, _Kind]]:
    """Split a text into runs of one kind that can be placed as a whole."""
    spans, _ = split_graphemes(text)
    runs: list[tuple[str, _Kind]] = []
    for kind, group in itertools.groupby((text[start:end] for start, end, _ in spans), _kind):
        pieces = list(group)
        runs += [(piece, kind) for piece in (pieces if kind == "alone" else ["".join(pieces)])]
    return runs


def _kind(piece: str) -> _Kind:
    """Return whether the first font has a character (letters, lines and blocks), or it has to be placed alone."""
    if len(piece) == 1 and piece <= "ÿ":
        return "letters"
    if len(piece) == 1 and "─" <= piece <= "▟":
        return "lines"
    return "alone"


def compare(drawn: str, stored: Path) -> None:
    """Fail if a picture differs from the stored one; with SNAPSHOT_UPDATE=1, store it instead."""
    new = stored.with_suffix(".new.svg")
    if os.environ.get("SNAPSHOT_UPDATE") == "1":
        stored.parent.mkdir(parents=True, exist_ok=True)
        stored.write_text(drawn, encoding="utf-8")
        new.unlink(missing_ok=True)
        return
    expected = stored.read_text(encoding="utf-8") if stored.exists() else None
    if drawn == expected:
        new.unlink(missing_ok=True)
        return
    stored.parent.mkdir(parents=True, exist_ok=True)
    new.write_text(drawn, encoding="utf-8")
    hint = f"check {new}; if it is right, run again with SNAPSHOT_UPDATE=1"
    if expected is None:
        pytest.fail(f"there is no snapshot {stored.name} yet: {hint}\n{screen_text(drawn)}", pytrace=False)
    # If the text is the same, the elements show which colour or position differs.
    difference = _diff(screen_text(expected), screen_text(drawn)) or _diff(expected, drawn)
    pytest.fail(f"the screen differs from {stored.name}: {hint}\n{difference}", pytrace=False)


def _diff(expected: str, drawn: str) -> str:
    return "\n".join(
        difflib.unified_diff(expected.splitlines(), drawn.splitlines(), "stored", "drawn now", lineterm="", n=1)
    )
