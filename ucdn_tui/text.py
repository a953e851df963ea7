"""Making outside text harmless: one line, no controls, no tricks of direction or width; wherever it is shown."""

import re
import unicodedata

LIMIT = 4096
"""Characters of an outside text that are shown at the most: more than any screen is wide."""

_MARKS_IN_A_ROW = 3
"""Combining marks that real writing puts on one letter; a pile of them paints over the neighbouring rows."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def harmless(text: str, limit: int = LIMIT) -> str:
    """Return the text as one line that is safe to show, cut with an ellipsis after `limit` characters.

    What cannot be seen is made visible as an escape, as in Python: `\\x1b`, `\\n`, `\\u202e` (a change of direction),
    `\\u200b` (zero width), `\\ud800` (half a character). Markup is not touched: widgets take text, not markup.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isprintable() and (text.isascii() or not _has_marks(text)):
        return text
    return "".join(_visible(text))


def replace_surrogates(text: str) -> str:
    """Return the text with each lone surrogate replaced by U+FFFD, so that it can be encoded."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _has_marks(text: str) -> bool:
    return any(unicodedata.category(character) in ("Mn", "Me") for character in text)


def _visible(text: str) -> list[str]:
    shown: list[str] = []
    marks = _MARKS_IN_A_ROW  # none may stand at the start, where it would join what is painted before it
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me"):
            marks += 1
            if marks > _MARKS_IN_A_ROW or "\ufe00" <= character <= "\ufe0f":  # a variation selector changes widths
                shown.append(_escape(character))
                continue
        else:
            marks = 0
        shown.append(character if character.isprintable() else _escape(character))
    return shown


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
