"""Making outside text harmless: one line, no controls, no tricks of direction or width; wherever it is shown."""

import re
import unicodedata

LIMIT = 4096
"""Characters of an outside text that are shown at the most: more than any screen is wide."""

_MARKS_IN_A_ROW = 3
"""Combining marks that real writing puts on one letter; a pile of them paints over the neighbouring rows."""

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters, signs and marks by their category that show nothing: two URLs that look the same would differ."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def harmless(text: str, limit: int = LIMIT) -> str:
    """Return the text as one line that is safe to show, cut with an ellipsis after `limit` characters.

    What cannot be seen is made visible as an escape, as in Python: `\\x1b`, `\\n`, `\\u202e` (a change of direction),
    `\\u200b` (zero width), `\\ud800` (half a character). Markup is not touched: widgets take text, not markup.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isprintable() and (text.isascii() or not _needs_care(text)):
        return text
    return "".join(_visible(text))


def replace_surrogates(text: str) -> str:
    """Return the text with each lone surrogate replaced by U+FFFD, so that it can be encoded."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _needs_care(text: str) -> bool:
    return any(character in _INVISIBLE or unicodedata.category(character) in ("Mn", "Me") for character in text)


def _visible(text: str) -> list[str]:
    shown: list[str] = []
    marks = _MARKS_IN_A_ROW  # none may stand at the start, where it would join what is painted before it
    for character in text:
        is_mark = unicodedata.category(character) in ("Mn", "Me")
        marks = marks + 1 if is_mark else 0
        # A variation selector is a mark that changes widths.
        is_odd = is_mark and (marks > _MARKS_IN_A_ROW or "\ufe00" <= character <= "\ufe0f")
        is_shown = character.isprintable() and character not in _INVISIBLE and not is_odd
        shown.append(character if is_shown else _escape(character))
    return shown


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
