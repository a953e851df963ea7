"""Spans of time as people write them on a command line: 90s, 15m, 24h, 7d."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> float:
    """Return the span in seconds; raises ValueError where it is none."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isdecimal() or not number.isascii() or len(number) > 9:
        raise ValueError(text)
    return float(int(number) * _UNITS[unit])
