"""Making outside text harmless: one line, no controls, no tricks of direction or width; wherever it is shown."""

import re
import unicodedata

NOTHING = "—"
"""Shown where there is no value, or none that makes sense."""

LIMIT = 4096
"""Characters of an outside text that are shown at the most: more than any screen is wide."""

_MARKS = frozenset({"Mn", "Me", "Mc"})

_MARKS_IN_A_ROW = 3
"""Combining marks that real writing puts on one letter; a pile of them paints over the neighbouring rows."""

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters, signs and marks that show nothing
    "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"  # they choose a form of what they follow
    "\U0001f3fb-\U0001f3ff]"  # skin tones: terminals do not agree on their width
)
"""Two URLs that look the same would differ by them, or a line would be wider than it is taken for."""

_JOINED = re.compile("[\u1161-\u11ff\ud7b0-\ud7ff]")
"""Hangul's vowels and endings: no marks, but painted onto what they follow."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def sanitize(text: str, limit: int = LIMIT) -> str:
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
    return _INVISIBLE.search(text) is not None or any(map(_is_joined, text))


def _is_joined(character: str) -> bool:
    return unicodedata.category(character) in _MARKS or _JOINED.match(character) is not None


def _visible(text: str) -> list[str]:
    shown: list[str] = []
    marks = _MARKS_IN_A_ROW  # none may stand at the start, where it would join what is painted before it
    for character in text:
        marks = marks + 1 if _is_joined(character) else 0
        is_shown = character.isprintable() and marks <= _MARKS_IN_A_ROW and not _INVISIBLE.match(character)
        shown.append(character if is_shown else _escape(character))
    return shown


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
