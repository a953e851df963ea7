"""Sanitizing outside text: one line, without controls and without tricks of direction or width."""

import re
import unicodedata

NOTHING = "—"
"""Shown where there is no value, or none that makes sense."""

LIMIT = 4096
"""Maximum characters of an outside text: wider than any screen."""

_MARKS = frozenset({"Mn", "Me", "Mc"})

_MARKS_IN_A_ROW = 3
"""Maximum combining marks on one letter, as in real writing; more would paint over the neighbouring rows."""

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # invisible letters, signs and marks
    "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"  # variation selectors
    "\U0001f3fb-\U0001f3ff]"  # skin tones: terminals do not agree on their width
)
"""Characters that make two different URLs look the same, or a line wider than it is measured."""

_JOINED = re.compile("[\u1161-\u11ff\ud7b0-\ud7ff]")
"""Hangul vowels and finals: no combining marks, but drawn onto the character before them."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def sanitize(text: str, limit: int = LIMIT) -> str:
    """Return the text as one line that is safe to show, cut with an ellipsis after `limit` characters.

    Invisible characters become Python escapes: `\\x1b`, `\\n`, `\\u202e` (text direction), `\\u200b` (zero width),
    `\\ud800` (lone surrogate). Markup is unchanged: widgets show text, not markup.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isprintable() and (text.isascii() or not _needs_care(text)):
        return text
    return "".join(_visible(text))


def masked(text: str) -> str:
    """Return the text with U+FFFD for each invisible character, so that each character keeps its place."""
    if text.isprintable() and (text.isascii() or not _INVISIBLE.search(text)):
        return text
    return "".join("\ufffd" if not each.isprintable() or _INVISIBLE.match(each) else each for each in text)


def replace_surrogates(text: str) -> str:
    """Return the text with each lone surrogate replaced by U+FFFD, so that it can be encoded."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _needs_care(text: str) -> bool:
    return _INVISIBLE.search(text) is not None or any(map(_is_joined, text))


def _is_joined(character: str) -> bool:
    return unicodedata.category(character) in _MARKS or _JOINED.match(character) is not None


def _visible(text: str) -> list[str]:
    shown: list[str] = []
    marks = _MARKS_IN_A_ROW  # none at the start, where it would join the character drawn before
    for character in text:
        marks = marks + 1 if _is_joined(character) else 0
        is_shown = character.isprintable() and marks <= _MARKS_IN_A_ROW and not _INVISIBLE.match(character)
        shown.append(character if is_shown else _escape(character))
    return shown


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
