"""Settings: the defaults and sizes of polling, and the user's options, which only the poller writes."""

from msgspec import Struct

DEFAULT_INTERVAL = 5.0
"""Seconds between two polls while a task is active."""

DEFAULT_WINDOW = 86400.0
"""Seconds back from now in which tasks are watched."""

FIRST_PAGE_SIZE = 100
"""Tasks per page at first: the first page is needed soon, and the time to decode a page is not known yet."""

MAX_PAGE_SIZE = 1000
"""Maximum tasks per page, once pages are decoded quickly."""

MAX_TASKS = 100_000
"""Maximum number of tasks in the store, and in one scan: a server may list new ones without end."""

MAX_URLS = 3_000_000
"""Maximum number of URLs of all tasks in the store: some 600 MB while none of the tasks is settled."""

MAX_PAGES = 2_000
"""Maximum number of pages of one scan."""


class Settings(Struct):
    """Times in seconds."""

    interval: float = DEFAULT_INTERVAL
    window: float = DEFAULT_WINDOW
    paused: bool = False
