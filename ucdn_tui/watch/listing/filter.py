"""What somebody looks for: words, fields and statuses, and whether a task or a URL has them. Pure."""

import re
from collections.abc import Callable
from typing import NamedTuple

from ucdn_tui.api.models import Phase, Status, Task, UrlProgress

ORDERED_STATUSES = (Status.PROCESS, Status.WAIT, Status.FAILURE, Status.SUCCESS, Status.UNKNOWN)
"""As they are counted on the screen, and as the quick filters are numbered: what runs, what went wrong, the rest."""

TEXT_LIMIT = 500
"""Characters of a text that is looked for; whoever pastes more has pasted something else."""

_FIELDS = ("status", "kind", "type", "id", "url")

_DOCUMENTED = frozenset(ORDERED_STATUSES[:4])

_ACTIVE = frozenset({Status.PROCESS, Status.WAIT})


class Word(NamedTuple):
    """One thing to look for, in small letters."""

    text: str
    field: str = ""
    """One of status, kind, type, id, url; "" for any of them."""
    inverted: bool = False
    """Whether it must not be there."""


def words_of(text: str) -> tuple[Word, ...]:
    """Return what a text asks for: words, all of which have to be there; `!word` must not; `status:wait` narrows."""
    return tuple(word for part in text[:TEXT_LIMIT].lower().split() if (word := _word(part)).text)


def _word(part: str) -> Word:
    inverted = part.startswith("!")
    part = part.removeprefix("!")
    field, colon, rest = part.partition(":")
    if colon and field in _FIELDS:
        return Word(rest, field, inverted)
    return Word(part, inverted=inverted)  # also https://…, which is looked for as it is


class Criteria(NamedTuple):
    """All that narrows a list down."""

    words: tuple[Word, ...] = ()
    status: str | None = None
    """One of ORDERED_STATUSES, None for any; `unknow` stands for all that is none of the other four."""
    active: bool = False
    """Only what can still change."""

    def __bool__(self) -> bool:
        return bool(self.words or self.status is not None or self.active)

    def shows_task(self, task: Task, url_text: Callable[[], str]) -> bool:
        """Return whether a task is wanted; `url_text` returns its URLs in small letters, and is called at need only."""
        if self.active and task.phase is not Phase.ACTIVE:
            return False
        if self.status is not None and self.status not in statuses_of(task):
            return False
        return all(_task_has(task, word, url_text) is not word.inverted for word in self.words)

    def shows_url(self, url: UrlProgress, task: Task) -> bool:
        """Return whether a URL of the task is wanted; what is its task's own (kind, type, id) is found in each."""
        if self.active and url.status not in _ACTIVE:
            return False
        if self.status is not None and self.status != _known(url.status):
            return False
        return all(_url_has(url, task, word) is not word.inverted for word in self.words)

    def marks(self) -> re.Pattern[str] | None:
        """Return what is to be marked where it is shown; None where nothing is."""
        texts = {word.text for word in self.words if not word.inverted}
        return (
            re.compile("|".join(map(re.escape, sorted(texts, key=len, reverse=True))), re.IGNORECASE) if texts else None
        )


def statuses_of(task: Task) -> frozenset[str]:
    """Return the statuses under which people look for a task: what its row says, and what it says of its URLs."""
    found = {_known(task.outcome)}
    if task.failed:
        found.add(Status.FAILURE)
    if task.processing:
        found.add(Status.PROCESS)
    if task.waiting and not task.processing:  # one that works on its URLs in turn is not queued
        found.add(Status.WAIT)
    return frozenset(found)


def _known(status: str) -> str:
    return status if status in _DOCUMENTED else Status.UNKNOWN


def status_text(status: str) -> str:
    """Return a status in the words in which it may be looked for."""
    return "unknow unknown" if status == Status.UNKNOWN else status.lower()


def _task_has(task: Task, word: Word, url_text: Callable[[], str]) -> bool:
    match word.field:
        case "status":
            return any(word.text in status_text(status) for status in {task.outcome, *statuses_of(task)})
        case "kind":
            return word.text in task.kind
        case "type":
            return word.text in task.type.lower()
        case "id":
            return word.text in task.task_id.lower()
        case "url":
            return word.text in task.first_url.lower() or word.text in url_text()
    fields = ("status", "kind", "type", "id", "url")  # the URLs last: they may have to be unpacked
    return any(_task_has(task, Word(word.text, field), url_text) for field in fields)


def _url_has(url: UrlProgress, task: Task, word: Word) -> bool:
    match word.field:
        case "status":
            return word.text in status_text(url.status)
        case "url":
            return word.text in url.url.lower()
        case "":
            return word.text in url.url.lower() or word.text in status_text(url.status)
    return _task_has(task, word, str)
