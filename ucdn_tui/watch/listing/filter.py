"""The filter: parses its text, and decides whether a task or a URL matches. Pure."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from ucdn_tui.api.models import Phase, Status, Task, TaskKey, TaskKind, UrlProgress
from ucdn_tui.watch.listing.names import STATES, STATUS_OF, is_kind, state_named, status_names

ORDERED_STATUSES = (Status.PROCESS, Status.WAIT, Status.FAILURE, Status.SUCCESS, Status.UNKNOWN)
"""The order of the counts on the screen and of the quick filters 1 to 5: active, failed, the rest."""

TEXT_LIMIT = 500
"""Maximum characters of a filter text; a longer text was pasted by mistake."""

FIELDS = ("status", "kind", "type", "host", "url", "id", "is")
"""What may stand before a colon."""

IS_VALUES = (*STATES, *STATUS_OF)
"""What may stand behind `is:`. A status there includes tasks of which only some URLs have it."""

_SEARCHED = ("status", "kind", "type", "id", "url")
"""What a word without a field searches, in this order: the URLs last, as they may have to be decompressed."""

_HIGHLIGHTED_FIELDS = {
    "url": ("", "url", "host"),
    "status": ("", "status"),
    "kind": ("", "kind"),
    "type": ("", "type"),
}
"""Which words are highlighted where."""

_PART = re.compile(r'!?(?:[^\s":]*:)?!?"[^"]*"?|\S+')
"""A word with its field. Spaces between quotes belong to it, also while the second quote is not typed yet."""

_FIELD = re.compile("[a-z][a-z_-]*")

_DOCUMENTED = frozenset(ORDERED_STATUSES[:4])

_ACTIVE = frozenset({Status.PROCESS, Status.WAIT})


class Word(NamedTuple):
    """One word of a filter, in lower case."""

    text: str
    field: str = ""
    """The field to search, as typed; "" for all."""
    inverted: bool = False
    """Whether the word must not occur."""

    @property
    def is_known(self) -> bool:
        """Whether the word means something; others are ignored, and the filter bar names them."""
        return not self.field or (self.text in IS_VALUES if self.field == "is" else self.field in FIELDS)

    @property
    def can_match(self) -> bool:
        """Whether a documented status, or a kind, may match: `status:partial` names none."""
        match self.field:
            case "status":
                return any(_has_status(self.text, status) for status in ORDERED_STATUSES)
            case "kind":
                return any(is_kind(self.text, kind) for kind in TaskKind)
        return True


def parse_words(text: str) -> tuple[Word, ...]:
    """Return the words of a filter text. All must match.

    `!word` must not occur; `status:failed` searches one field; `"two words"` is one word, and never names a field.
    """
    return tuple(word for part in _PART.findall(text[:TEXT_LIMIT].lower()) if (word := _word(part)).text)


def _word(part: str) -> Word:
    inverted = part.startswith("!")
    part = part.removeprefix("!")
    field, colon, rest = part.partition(":")
    if not colon or not _is_field(field, rest):
        return Word(_unquoted(part), inverted=inverted)
    if rest.startswith("!"):
        inverted, rest = not inverted, rest[1:]
    text = _unquoted(rest)
    return Word(state_named(text) if field == "is" else text, field, inverted)


def _unquoted(text: str) -> str:
    return text[1:].removesuffix('"') if text.startswith('"') else text


def _is_field(field: str, rest: str) -> bool:
    """Return whether a colon follows the name of a field, known or not: no URL's scheme, nor a host before its port."""
    if field in FIELDS:
        return True
    return bool(_FIELD.fullmatch(field) and rest) and not rest.startswith("//") and not rest[0].isdigit()


class FilterContext(NamedTuple):
    """What a filter may ask about a task that its summary does not say. Called only for words that need it."""

    url_text: Callable[[TaskKey], str] = lambda _key: ""
    """Returns all URLs of a task, in lower case, one per line."""
    is_stuck: Callable[[Task], bool] = lambda _task: False
    is_flagged: Callable[[TaskKey], bool] = lambda _key: False


class Criteria(NamedTuple):
    """The criteria of a filter; all must match."""

    words: tuple[Word, ...] = ()
    status: str | None = None
    """One of ORDERED_STATUSES, None for any; `unknow` includes undocumented statuses."""
    active: bool = False
    """Whether only active tasks or URLs match."""

    def __bool__(self) -> bool:
        return bool(self.words or self.status is not None or self.active)

    def asks_whether(self, value: str) -> bool:
        """Return whether the filter has a word such as `is:stuck`, with or without `!`."""
        return any(word.field == "is" and word.text == value for word in self.words)

    @property
    def unknown(self) -> tuple[Word, ...]:
        """The words with an unknown field or value."""
        return tuple(word for word in self.words if not (word.is_known and word.can_match))

    def shows_task(self, task: Task, context: FilterContext) -> bool:
        """Return whether a task matches."""
        if self.active and task.phase is not Phase.ACTIVE:
            return False
        if self.status is not None and self.status not in statuses_of(task):
            return False
        return all(_task_has(task, word, context) is not word.inverted for word in self.words if word.is_known)

    def shows_url(self, url: UrlProgress, task: Task, context: FilterContext) -> bool:
        """Return whether a URL of the task matches; what concerns the task only matches for each of its URLs."""
        if self.active and url.status not in _ACTIVE:
            return False
        if self.status is not None and self.status != _documented(url.status):
            return False
        return all(_url_has(url, task, word, context) is not word.inverted for word in self.words if word.is_known)

    def highlight_patterns(self) -> dict[str, re.Pattern[str]]:
        """Return patterns of the text to highlight: one each for url, status, kind and type, if words apply to it."""
        words = [word for word in self.words if word.is_known and not word.inverted]
        texts = {
            name: {word.text for word in words if word.field in fields} for name, fields in _HIGHLIGHTED_FIELDS.items()
        }
        return {
            name: re.compile("|".join(map(re.escape, sorted(found, key=len, reverse=True))), re.IGNORECASE)
            for name, found in texts.items()
            if found
        }


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
    """Return whether a text begins a name of one of these statuses, or is a part of an undocumented one."""
    for status in statuses:
        names = status_names(status)
        if any(name.startswith(text) for name in names) if names else text in status.lower():
            return True
    return False


def _task_has(task: Task, word: Word, context: FilterContext) -> bool:
    match word.field:
        case "status":
            return _has_status(word.text, task.outcome, *statuses_of(task))
        case "kind":
            return is_kind(word.text, task.kind)
        case "type":
            return word.text in task.type.lower()
        case "id":
            return word.text in task.task_id.lower()
        case "url":
            return word.text in task.first_url.lower() or word.text in context.url_text(task.key)
        case "host":
            return _has_host(word.text, task.first_url.lower()) or _has_host(word.text, context.url_text(task.key))
        case "is":
            return _task_is(task, word.text, context)
    return any(_task_has(task, Word(word.text, field), context) for field in _SEARCHED)


def _task_is(task: Task, value: str, context: FilterContext) -> bool:
    match value:
        case "active":
            return task.phase is Phase.ACTIVE
        case "stuck":
            return context.is_stuck(task)
        case "flagged":
            return context.is_flagged(task.key)
    return STATUS_OF[value] in statuses_of(task)


def _url_has(url: UrlProgress, task: Task, word: Word, context: FilterContext) -> bool:
    match word.field:
        case "status":
            return _has_status(word.text, url.status, _documented(url.status))
        case "url":
            return word.text in url.url.lower()
        case "host":
            return _has_host(word.text, url.url.lower())
        case "is":
            return _url_is(url, task, word.text, context)
        case "":
            return word.text in url.url.lower() or _has_status(word.text, url.status, _documented(url.status))
    return _task_has(task, word, context)


def _url_is(url: UrlProgress, task: Task, value: str, context: FilterContext) -> bool:
    match value:
        case "active":
            return url.status in _ACTIVE
        case "stuck":
            return url.status in _ACTIVE and context.is_stuck(task)
        case "flagged":
            return context.is_flagged(task.key)
    return STATUS_OF[value] == _documented(url.status)


def _has_host(text: str, urls: str) -> bool:
    """Return whether a text is part of the host, or of host and port, of one of these URLs, one per line."""
    return text in urls and _host_pattern(text).search(urls) is not None


@lru_cache(maxsize=16)
def _host_pattern(text: str) -> re.Pattern[str]:
    scheme, user, before = r"(?:[a-z][a-z0-9+.-]*://)?+", r"(?:[^/?#\n]*@)?+", r"[^/?#\n]*?"
    return re.compile(f"^{scheme}{user}{before}{re.escape(text)}", re.MULTILINE)
