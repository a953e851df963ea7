"""What a plan consists of: accepted and dropped lines, warnings, the calls."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct, field

from ucdn_tui.api.domains import find_domain
from ucdn_tui.api.models import MAX_PREFETCH_URLS, MAX_REFRESH_URLS, TaskKind

BATCH_LIMIT: Final = {TaskKind.REFRESH: MAX_REFRESH_URLS, TaskKind.PREFETCH: MAX_PREFETCH_URLS}
"""Maximum number of URLs in a call (RefreshNewUcdnDomainCache, PrefetchNewUcdnDomainCache)."""

PREFETCH_SPACING: Final = 10.0
"""Seconds between two prefetch calls (PrefetchNewUcdnDomainCache)."""

URL_LIMIT: Final = 2048
"""Maximum characters of a URL. The API documents none; browsers and proxies accept no longer ones."""


class UrlType(StrEnum):
    """Type of RefreshNewUcdnDomainCache. A prefetch has none."""

    FILE = "file"
    DIR = "dir"
    M3U8 = "m3u8"
    NONE = ""


class Reason(StrEnum):
    """Why a line is dropped."""

    SCHEME = "scheme"
    """It does not begin with http:// or https://."""

    HOST = "host"
    """It has no host, or an invalid one."""

    USER = "user"
    """It has a user name, and perhaps a password."""

    PATH = "path"
    """It has no path: a whole domain is written with a slash."""

    WILDCARD = "wildcard"
    FRAGMENT = "fragment"

    CHARACTER = "character"
    """It contains a space, or a character that cannot be seen."""

    TOO_LONG = "too-long"

    NOT_DIR = "not-dir"
    """Directories are wanted, and it does not end in a slash."""

    DUPLICATE = "duplicate"

    TWIN = "twin"
    """The same with http instead of https, or the other way round, is listed: both share a cache."""

    COVERED = "covered"
    """It lies in a directory that is listed as well."""


HARMLESS: Final = frozenset({Reason.DUPLICATE, Reason.TWIN, Reason.COVERED})
"""Lines that are dropped without losing anything: what they ask for is submitted."""


class Concern(StrEnum):
    """What an accepted URL is warned about."""

    DOMAIN = "domain"
    """Its host is not in the account's domain list."""

    QUERY = "query"
    """It has a query, which its domain ignores."""

    ENCODED = "encoded"
    """It has percent-encoded characters other than ASCII, which the CDN does not decode."""

    CAPITALS = "capitals"
    """Its host has capital letters."""

    PREFETCH_DIR = "prefetch-dir"
    """It ends in a slash, and only files can be prefetched."""

    KEY_DOMAIN = "key-domain"
    """Its domain uses another one's cache: a directory is refreshed under that one only."""

    RUNNING = "running"
    """A task that is not finished has it, too."""

    REPEATED = "repeated"
    """The last call with it got no answer, and may have submitted it."""


class DomainFacts(NamedTuple):
    """What the account's configuration says of a domain. Each may be unknown."""

    id: str = ""
    ignores_query: bool = False
    cache_host: str = ""
    """The domain whose cache it uses; "" for its own."""

    is_dcdn: bool = False
    """Whether it is a domain of whole-site acceleration."""


class Known(Struct, frozen=True):
    """What is known of the account, for the warnings."""

    domains: Mapping[str, DomainFacts] | None = None
    """By `domain_key`. None if nothing is known."""

    running: Mapping[str, str] = field(default_factory=dict)
    """The URLs of unfinished tasks of this kind, by `identity`, with the id of a task."""

    doubtful: frozenset[str] = frozenset()
    """The URLs of calls whose outcome is unknown, by `identity`."""

    lists_all: bool = True
    """Whether `domains` are all domains of the account."""

    def domain(self, host: str) -> DomainFacts | None:
        """Return what is known of a host's domain; None for nothing."""
        return find_domain(self.domains or {}, host)


class Entry(NamedTuple):
    """An accepted line."""

    line: int
    """Its number, from 1."""

    url: str
    """Exactly as typed."""

    type: UrlType
    host: str
    """In lower case, with the port if there is one."""

    identity: str
    """The same for URLs that are one for the CDN: host and the rest, without the scheme."""

    @property
    def is_whole_domain(self) -> bool:
        return self.type is UrlType.DIR and self.identity == f"{self.host}/"


class Dropped(NamedTuple):
    """A line that is not submitted."""

    line: int
    text: str
    """The line, without a user name and a password."""

    reason: Reason
    other: int = 0
    """The line because of which it is dropped; 0 for none."""


class Warned(NamedTuple):
    """An accepted line with a warning."""

    entry: Entry
    concern: Concern
    detail: str = ""
    """The task's id, or the name of the domain whose cache it uses."""


class Batch(NamedTuple):
    """The URLs of one call: one kind, type and host."""

    kind: TaskKind
    type: UrlType
    host: str
    urls: tuple[str, ...]
    is_dcdn: bool = False


class Plan(Struct, frozen=True):
    """What a text would submit."""

    kind: TaskKind
    accepted: tuple[Entry, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    warned: tuple[Warned, ...] = ()
    batches: tuple[Batch, ...] = ()

    @property
    def directories(self) -> tuple[Entry, ...]:
        """The directories, whole domains first: they need a second confirmation."""
        found = [entry for entry in self.accepted if entry.type is UrlType.DIR]
        return tuple(sorted(found, key=lambda entry: not entry.is_whole_domain))

    @property
    def seconds(self) -> float:
        """Seconds that the calls take at least, because of the delay between two prefetch calls."""
        return PREFETCH_SPACING * max(0, len(self.batches) - 1) if self.kind is TaskKind.PREFETCH else 0.0
