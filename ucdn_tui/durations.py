"""Durations as text: read from flags and settings (`24h`), and shown to people (`3m20s`, `~1–3m`)."""

import re

from ucdn_tui.i18n import _
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
    for unit in "dhm":
        if seconds % _UNITS[unit] == 0 and seconds > (86400 if unit == "d" else 0):
            return f"{seconds // _UNITS[unit]:.0f}{unit}"
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"


def short_duration(seconds: float | None) -> str:
    """Return the duration in its two largest units, rounded down: `52s`, `3m20s`, `1h02m`, `2d05h`, `1200d`.

    `—` for None, and for a negative or absurdly long duration.
    """
    if seconds is None or not 0 <= seconds < _LONGEST_SHOWN:
        return NOTHING
    total = int(seconds)
    if total < 60:
        return f"{total}s"
    minutes, second = divmod(total, 60)
    if minutes < 60:
        return f"{minutes}m{second:02d}s"
    hours, minute = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minute:02d}m"
    days, hour = divmod(hours, 24)
    return f"{days}d{hour:02d}h" if days < 1000 else f"{days}d"


def duration_range(low: float, high: float) -> str:
    """Return a range of seconds in one unit: `~40–90s`, `~1–3m`; `<5h` where it begins at 0."""
    unit = "s" if high <= 120 else "m" if high <= 120 * 60 else "h"
    start = f"~{_number(low / _UNITS[unit])}–" if low else "<"
    return f"{start}{_number(high / _UNITS[unit])}{unit}"


def can_be_window(seconds: float | None) -> bool:
    """Return whether the time range may be this long."""
    return seconds is not None and SHORTEST <= seconds <= LONGEST_WINDOW


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
