"""The filter: parses its text, and decides whether a task or a URL matches. Pure."""

import re
from collections.abc import Callable
from typing import NamedTuple

from ucdn_tui.api.models import Phase, Status, Task, UrlProgress

ORDERED_STATUSES = (Status.PROCESS, Status.WAIT, Status.FAILURE, Status.SUCCESS, Status.UNKNOWN)
"""The order of the counts on the screen and of the quick filters 1 to 5: active, failed, the rest."""

TEXT_LIMIT = 500
"""Maximum characters of a filter text; a longer text was pasted by mistake."""

STATUS_WORDS: dict[str, tuple[str, ...]] = {
    Status.PROCESS: ("running", "process"),
    Status.WAIT: ("queued", "wait"),
    Status.FAILURE: ("failed", "failure"),
    Status.SUCCESS: ("success", "succeeded", "done"),
    Status.UNKNOWN: ("unknown", "unknow"),
}
"""What a status may be called in a filter: the word on the screen, and the API's."""

_FIELDS = ("status", "kind", "type", "id", "url")
"""In the order in which they are searched; the URLs last, as they may have to be decompressed."""

_DOCUMENTED = frozenset(ORDERED_STATUSES[:4])

_ACTIVE = frozenset({Status.PROCESS, Status.WAIT})


class Word(NamedTuple):
    """One word of a filter, in lower case."""

    text: str
    field: str = ""
    """The field to search: status, kind, type, id or url; "" for all fields."""
    inverted: bool = False
    """Whether the word must not occur."""


def parse_words(text: str) -> tuple[Word, ...]:
    """Return the words of a filter text. All must match; `!word` must not occur; `status:wait` searches one field."""
    return tuple(word for part in text[:TEXT_LIMIT].lower().split() if (word := _word(part)).text)


def _word(part: str) -> Word:
    inverted = part.startswith("!")
    part = part.removeprefix("!")
    field, colon, rest = part.partition(":")
    if colon and field in _FIELDS:
        return Word(rest, field, inverted)
    return Word(part, inverted=inverted)  # including https://…, whose colon does not name a field


class Criteria(NamedTuple):
    """The criteria of a filter; all must match."""

    words: tuple[Word, ...] = ()
    status: str | None = None
    """One of ORDERED_STATUSES, None for any; `unknow` includes undocumented statuses."""
    active: bool = False
    """Whether only active tasks or URLs match."""

    def __bool__(self) -> bool:
        return bool(self.words or self.status is not None or self.active)

    def shows_task(self, task: Task, url_text: Callable[[], str]) -> bool:
        """Return whether a task matches. `url_text` returns its URLs in lower case; it is called only if needed."""
        if self.active and task.phase is not Phase.ACTIVE:
            return False
        if self.status is not None and self.status not in statuses_of(task):
            return False
        return all(_task_has(task, word, url_text) is not word.inverted for word in self.words)

    def shows_url(self, url: UrlProgress, task: Task) -> bool:
        """Return whether a URL of the task matches; the task's kind, type and id match for each of its URLs."""
        if self.active and url.status not in _ACTIVE:
            return False
        if self.status is not None and self.status != _documented(url.status):
            return False
        return all(_url_has(url, task, word) is not word.inverted for word in self.words)

    def highlight_pattern(self) -> re.Pattern[str] | None:
        """Return the pattern of the text to highlight as a match; None if there is none."""
        texts = {word.text for word in self.words if not word.inverted}
        if not texts:
            return None
        longest_first = sorted(texts, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)


def statuses_of(task: Task) -> frozenset[str]:
    """Return the statuses that a task matches: its outcome, and those of its URLs that its row shows."""
    found = {_documented(task.outcome)}
    if task.failed:
        found.add(Status.FAILURE)
    if task.processing:
        found.add(Status.PROCESS)
    if task.waiting and not task.processing:  # a task that processes its URLs in turn is not queued
        found.add(Status.WAIT)
    return frozenset(found)


def _documented(status: str) -> str:
    return status if status in _DOCUMENTED else Status.UNKNOWN


def _has_status(text: str, *statuses: str) -> bool:
    """Return whether a text in lower case begins the name of one of these statuses."""
    return any(name.startswith(text) for status in statuses for name in STATUS_WORDS.get(status, (status.lower(),)))


def _task_has(task: Task, word: Word, url_text: Callable[[], str]) -> bool:
    match word.field:
        case "status":
            return _has_status(word.text, task.outcome, *statuses_of(task))
        case "kind":
            return word.text in task.kind
        case "type":
            return word.text in task.type.lower()
        case "id":
            return word.text in task.task_id.lower()
        case "url":
            return word.text in task.first_url.lower() or word.text in url_text()
    return any(_task_has(task, Word(word.text, field), url_text) for field in _FIELDS)


def _url_has(url: UrlProgress, task: Task, word: Word) -> bool:
    match word.field:
        case "status":
            return _has_status(word.text, url.status)
        case "url":
            return word.text in url.url.lower()
        case "":
            return word.text in url.url.lower() or _has_status(word.text, url.status)
    return _task_has(task, word, str)
