"""How moments and ages read, in the time zone of the screen. Pure."""

from datetime import UTC, datetime, tzinfo

from ucdn_tui.text import NOTHING

_CLOCK_SKEW = 60
"""Seconds by which a time may be in the future: the clocks differ a little. Later times make no sense."""


def age(then: float, now: float) -> float:
    """Return the seconds from `then` to `now`; 0 where `then` is in the future by less than the clock skew."""
    seconds = now - then
    return 0.0 if -_CLOCK_SKEW < seconds < 0 else seconds


def moment(timestamp: int | None, now: float, zone: tzinfo | None) -> str:
    """Return a Unix time as time of day, with the date if that is not today; `—` where it makes no sense."""
    if timestamp is None or timestamp <= 0:
        return NOTHING
    when, today = day_and_time(timestamp, zone), day_and_time(now, zone)
    if when is None or today is None:
        return NOTHING
    if when.date() == today.date():
        return f"{when:%H:%M:%S}"
    return f"{when:%m-%d %H:%M}" if when.year == today.year else f"{when:%Y-%m-%d}"


def zone_name(now: float, zone: tzinfo | None) -> str:
    """Return the offset from UTC, as of `now`: `UTC`, `+08`, `+05:30`."""
    when = day_and_time(now, zone)
    offset = f"{when:%z}" if when is not None else "+0000"
    if offset.strip("+-0") == "":
        return "UTC"
    return offset[:3] if offset[3:] == "00" else f"{offset[:3]}:{offset[3:5]}"


def day_and_time(timestamp: float, zone: tzinfo | None) -> datetime | None:
    """Return a Unix time in the time zone; None where it is outside the calendar."""
    try:
        return datetime.fromtimestamp(timestamp, UTC).astimezone(zone)
    except (OverflowError, OSError, ValueError):
        return None
