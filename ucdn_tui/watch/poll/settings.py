"""Settings: what the user chose about polling; the poller owns them, everything below it reads them."""

from dataclasses import dataclass

DEFAULT_INTERVAL = 5.0
"""Seconds between two polls while a task is active."""

DEFAULT_WINDOW = 86400.0
"""Seconds back from now: the time range in which tasks are watched."""


@dataclass
class Settings:
    """Times in seconds."""

    interval: float = DEFAULT_INTERVAL
    window: float = DEFAULT_WINDOW
    paused: bool = False
