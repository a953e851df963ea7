"""Planning: what a text with URLs would submit: which lines are accepted or dropped, warnings, and the calls. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import unquote_to_bytes

from ucdn_tui.api.models import TaskKind
from ucdn_tui.submit.models import (
    BATCH_LIMIT,
    URL_LIMIT,
    Batch,
    Concern,
    Dropped,
    Entry,
    Known,
    Plan,
    Reason,
    UrlType,
    Warned,
)
from ucdn_tui.url_identity import URL, host_of

NOTHING_KNOWN: Final = Known()

_SLICE: Final = 2000
"""Lines between two pauses: some 10 ms."""


def make_plan(text: str, kind: TaskKind, type: UrlType | None = None, known: Known = NOTHING_KNOWN) -> Plan:  # noqa: A002
    """Return the plan for a text with one URL a line. Blank lines and those that begin with `#` are skipped.

    type: of all URLs of a refresh; None: a URL that ends in a slash is a directory, any other a file.
    """
    return next(plan for plan in plan_in_slices(text, kind, type, known) if plan is not None)


def plan_in_slices(
    text: str,
    kind: TaskKind,
    type: UrlType | None = None,  # noqa: A002
    known: Known = NOTHING_KNOWN,
) -> Iterator[Plan | None]:
    """Yield None every 2,000 lines, for a screen that handles keys in between, and at last the plan."""
    parser = _Parser(kind, type)
    for number, line in enumerate(_lines(text), 1):
        parser.read(number, line)
        if number % _SLICE == 0:
            yield None
    yield from parser.drop_covered()
    entries = tuple(parser.accepted.values())
    warned: list[Warned] = []
    for index, entry in enumerate(entries):
        warned += _warnings(entry, kind, known)
        if index % _SLICE == 0:
            yield None
    dropped = tuple(sorted(parser.dropped))
    yield Plan(kind, entries, dropped, tuple(warned), tuple(_batches(entries, kind, known)))


_LINE_END = re.compile(r"\r\n|\n|\r")

_USER = re.compile(r"(//)[^/?#]*@")

_UP_TO_USER = re.compile(r"^(\w*://)?.*@", re.DOTALL)

_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.?(:[0-9]{1,5})?")  # also a name in another script

_BAD = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]")

_NOT_ASCII = re.compile(rb"[\x80-\xff]")


def _lines(text: str) -> Iterator[str]:
    """Yield the lines one by one, as splitting a large text at once takes long."""
    start = len(text) - len(text.removeprefix("\ufeff"))
    for end in _LINE_END.finditer(text):
        yield text[start : end.start()]
        start = end.end()
    yield text[start:]


class _Parser:
    """Accepts or drops lines one after the other."""

    def __init__(self, kind: TaskKind, type: UrlType | None) -> None:  # noqa: A002
        self.accepted: dict[str, Entry] = {}
        """By identity, in order."""

        self.dropped: list[Dropped] = []
        self._kind = kind
        self._type = type if kind is TaskKind.REFRESH else None
        self._hosts: dict[str, bool] = {}
        """Whether each host that was seen is valid."""

    def read(self, number: int, line: str) -> None:
        url = line.strip()
        if not url or url.startswith("#"):
            return
        parts = URL.fullmatch(url)
        reason = self._fault(url, parts)
        if parts is None or reason is not None:
            self.dropped.append(Dropped(number, _without_user(url, parts), reason or Reason.SCHEME))
            return
        scheme, host, rest = parts.groups()
        host = host_of(scheme, host)
        name = host + rest
        if (first := self.accepted.get(name)) is not None:
            same = first.url.partition(":")[0].lower() == scheme.lower()
            self.dropped.append(Dropped(number, url, Reason.DUPLICATE if same else Reason.TWIN, first.line))
            return
        self.accepted[name] = Entry(number, url, self._type_of(rest), host, name)

    def _fault(self, url: str, parts: re.Match[str] | None) -> Reason | None:
        if len(url) > URL_LIMIT:
            return Reason.TOO_LONG
        if not url.isprintable() or _BAD.search(url):
            return Reason.CHARACTER
        if parts is None:
            return Reason.SCHEME
        host, rest = parts[2], parts[3]
        if "@" in host:
            return Reason.USER
        if "*" in host or "*" in rest:
            return Reason.WILDCARD
        valid = self._hosts.get(host)
        if valid is None:
            valid = self._hosts[host] = _HOST.fullmatch(host) is not None
        if not valid:
            return Reason.HOST
        if "#" in rest:
            return Reason.FRAGMENT
        if not rest.startswith("/"):
            return Reason.PATH
        if self._type is UrlType.DIR and not _is_directory(rest):
            return Reason.NOT_DIR
        return None

    def _type_of(self, rest: str) -> UrlType:
        if self._kind is TaskKind.PREFETCH:
            return UrlType.NONE
        if self._type is not None:
            return self._type
        return UrlType.DIR if _is_directory(rest) else UrlType.FILE

    def drop_covered(self) -> Iterator[None]:
        """Drop what lies in a listed directory; pause like `plan_in_slices`."""
        directories = {name: entry for name, entry in self.accepted.items() if entry.type is UrlType.DIR}
        yield
        for index, (name, entry) in enumerate(list(self.accepted.items()) if directories else ()):
            if index % _SLICE == 0:
                yield
            cover = _directory_above(name, entry, directories)
            if cover is not None:
                del self.accepted[name]
                self.dropped.append(Dropped(entry.line, entry.url, Reason.COVERED, cover.line))


def _is_directory(rest: str) -> bool:
    """Return whether a URL with this path and query is a directory. With a query it is a page of one."""
    return rest.endswith("/") and "?" not in rest


def _without_user(url: str, parts: re.Match[str] | None) -> str:
    """Return a line without its user name and password, which may contain any character if there is no valid host."""
    if "@" not in url:
        return url
    if parts is not None and _HOST.fullmatch(parts[2]):
        return _USER.sub(r"\1…@", url)
    return _UP_TO_USER.sub(r"\1…@", url)


def _directory_above(name: str, entry: Entry, directories: Mapping[str, Entry]) -> Entry | None:
    """Return the outermost listed directory that contains the entry, besides itself."""
    end = len(entry.host)
    while (end := name.find("/", end) + 1) > 0:
        cover = directories.get(name[:end])
        if cover is not None and cover is not entry:
            return cover
    return None


def _warnings(entry: Entry, kind: TaskKind, known: Known) -> Iterator[Warned]:
    facts = known.domain(entry.host)
    if known.domains is not None and known.lists_all and facts is None:
        yield Warned(entry, Concern.DOMAIN)
    if facts is not None and facts.ignores_query and "?" in entry.url:
        yield Warned(entry, Concern.QUERY)
    if "%" in entry.url and _NOT_ASCII.search(unquote_to_bytes(entry.url.encode("ascii", "replace"))):
        yield Warned(entry, Concern.ENCODED)
    if not entry.url.partition("//")[2].startswith(entry.host):
        yield Warned(entry, Concern.CAPITALS)
    if kind is TaskKind.PREFETCH and _is_directory(entry.url):
        yield Warned(entry, Concern.PREFETCH_DIR)
    if facts is not None and entry.type is UrlType.DIR and facts.cache_host not in ("", entry.host):
        yield Warned(entry, Concern.KEY_DOMAIN, facts.cache_host)
    if (task_id := known.running.get(entry.identity)) is not None:
        yield Warned(entry, Concern.RUNNING, task_id)
    if entry.identity in known.doubtful:
        yield Warned(entry, Concern.REPEATED)


def _batches(entries: Sequence[Entry], kind: TaskKind, known: Known) -> Iterator[Batch]:
    """Yield the calls. A domain of its own each, as a refused call then spoils no other domain."""
    groups: dict[tuple[UrlType, str], list[str]] = defaultdict(list)
    for entry in entries:
        groups[entry.type, entry.host].append(entry.url)
    limit = BATCH_LIMIT[kind]
    for (type_, host), urls in groups.items():
        facts = known.domain(host)
        for start in range(0, len(urls), limit):
            yield Batch(kind, type_, host, tuple(urls[start : start + limit]), facts is not None and facts.is_dcdn)
