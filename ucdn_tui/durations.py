"""Spans of time as people write them on a command line: 90s, 15m, 24h, 7d."""

LONGEST_WINDOW = 366 * 86400.0
"""Seconds that can be looked back at the most."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> float:
    """Return the span in seconds; raises ValueError where it is none."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isdecimal() or not number.isascii() or len(number) > 9:
        raise ValueError(text)
    return float(int(number) * _UNITS[unit])


def format_duration(seconds: float) -> str:
    """Return the span as people write it, in the largest unit that it is a whole number of; a day as 24h."""
    for unit in "dhm":
        if seconds % _UNITS[unit] == 0 and seconds > (86400 if unit == "d" else 0):
            return f"{seconds // _UNITS[unit]:.0f}{unit}"
    return f"{seconds:.0f}s"


def can_be_window(seconds: float | None) -> bool:
    """Return whether somebody may look back so far."""
    return seconds is not None and 1 <= seconds <= LONGEST_WINDOW
