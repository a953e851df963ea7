"""Durations as text: read from flags and settings (`24h`), and shown in columns and sentences (`3m20s`, `~1–3m`)."""

import re
from collections.abc import Callable

from ucdn_tui.i18n import N_, _
from ucdn_tui.text import NOTHING

SHORTEST = 1.0
"""Seconds: the shortest interval and the shortest time range that can be chosen."""

LONGEST_INTERVAL = 3600.0
"""Seconds: the longest interval that can be chosen."""

LONGEST_WINDOW = 366 * 86400.0
"""Seconds: the longest time range that can be chosen."""

_LONGEST_SHOWN = 10 * 365 * 86400
"""Seconds: a longer duration comes from a nonsensical timestamp."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)([smhd]?)")


def parse_duration(text: str) -> float:
    """Return the duration in seconds: `90s`, `15m`, `1.5h`, `7d`, or plain seconds; raises ValueError otherwise."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return round(float(found[1]) * _UNITS[found[2] or "s"], 3)


def parse_interval(text: str) -> float:
    """Return the interval in seconds; raises ValueError, with a sentence for people, if it cannot be chosen."""
    return _parse_between(text, SHORTEST, LONGEST_INTERVAL)


def parse_window(text: str) -> float:
    """Return the time range in seconds; raises ValueError, with a sentence for people, if it cannot be chosen."""
    return _parse_between(text, SHORTEST, LONGEST_WINDOW)


def _parse_between(text: str, least: float, most: float) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError:
        raise ValueError(_("invalid duration {text!r} (try 90s, 15m, 24h or 7d)").format(text=text)) from None
    if seconds < least:
        words = _("{text!r} is too short (minimum {least})")
        raise ValueError(words.format(text=text, least=format_duration(least)))
    if seconds > most:
        words = _("{text!r} is too long (maximum {most})")
        raise ValueError(words.format(text=text, most=format_duration(most)))
    return seconds


def format_duration(seconds: float) -> str:
    """Return the duration as `parse_duration` reads it, in the largest unit that divides it; one day is `24h`."""
    return _in_one_unit(seconds, str)


def whole_duration(seconds: float) -> str:
    """Return the same in the user's language."""
    return _in_one_unit(seconds, _)


def short_duration(seconds: float | None) -> str:
    """Return the duration in its two largest units, rounded down: `52s`, `3m20s`, `1h02m`, `2d05h`, `1200d`.

    `—` for None, and for a negative or absurdly long duration. For columns: the same in every language.
    """
    return _in_two_units(seconds, str)


def duration_text(seconds: float | None) -> str:
    """Return the same in the user's language."""
    return _in_two_units(seconds, _)


def duration_range(low: float, high: float) -> str:
    """Return a range of seconds in one unit: `~40–90s`, `~1–3m`; `<5h` where it begins at 0. For columns."""
    return _range(low, high, str)


def range_text(low: float, high: float) -> str:
    """Return the same in the user's language."""
    return _range(low, high, _)


def can_be_window(seconds: float | None) -> bool:
    """Return whether the time range may be this long."""
    return seconds is not None and SHORTEST <= seconds <= LONGEST_WINDOW


_Translate = Callable[[str], str]

_ONE_UNIT = {"s": N_("{number}s"), "m": N_("{number}m"), "h": N_("{number}h"), "d": N_("{number}d")}

_RANGES = {
    "s": (N_("~{low}–{high}s"), N_("<{high}s")),
    "m": (N_("~{low}–{high}m"), N_("<{high}m")),
    "h": (N_("~{low}–{high}h"), N_("<{high}h")),
}
"""By the unit: a range, and one that begins at 0."""


def _in_one_unit(seconds: float, translate: _Translate) -> str:
    for unit in "dhm":
        if seconds % _UNITS[unit] == 0 and seconds > (86400 if unit == "d" else 0):
            return translate(_ONE_UNIT[unit]).format(number=int(seconds // _UNITS[unit]))
    return translate(_ONE_UNIT["s"]).format(number=f"{seconds:.3f}".rstrip("0").rstrip("."))


def _in_two_units(seconds: float | None, translate: _Translate) -> str:
    if seconds is None or not 0 <= seconds < _LONGEST_SHOWN:
        return NOTHING
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if not minutes:
        return translate(_ONE_UNIT["s"]).format(number=second)
    if not hours:
        return translate(N_("{minutes}m{seconds}s")).format(minutes=minutes, seconds=f"{second:02d}")
    if not days:
        return translate(N_("{hours}h{minutes}m")).format(hours=hours, minutes=f"{minute:02d}")
    if days < 1000:
        return translate(N_("{days}d{hours}h")).format(days=days, hours=f"{hour:02d}")
    return translate(_ONE_UNIT["d"]).format(number=days)


def _range(low: float, high: float, translate: _Translate) -> str:
    unit = "s" if high <= 120 else "m" if high <= 120 * 60 else "h"
    between, below = _RANGES[unit]
    words = translate(between if low else below)
    return words.format(low=_number(low / _UNITS[unit]), high=_number(high / _UNITS[unit]))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
