"""Settings: the user's polling options. The poller writes them, everything below it only reads them."""

from dataclasses import dataclass

DEFAULT_INTERVAL = 5.0
"""Seconds between two polls while a task is active."""

DEFAULT_WINDOW = 86400.0
"""Seconds back from now in which tasks are watched."""


@dataclass
class Settings:
    """Times in seconds."""

    interval: float = DEFAULT_INTERVAL
    window: float = DEFAULT_WINDOW
    paused: bool = False
