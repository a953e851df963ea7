"""What a filter shows."""

from typing import Any

from support.data.summaries import summary
from ucdn_tui.watch.listing.filter import Criteria, FilterContext, parse_words

FIRST = "https://cdn.example.com/a.jpg"

NO_CONTEXT = FilterContext()


def shows(text: str, *, urls: str = FIRST, stuck: bool = False, flagged: bool = False, **fields: Any) -> bool:
    """Return whether a task with these URLs is found by a text."""
    facts = FilterContext(lambda _key: urls.lower(), lambda _task: stuck, lambda _key: flagged)
    return Criteria(parse_words(text)).shows_task(summary(**fields), facts)
