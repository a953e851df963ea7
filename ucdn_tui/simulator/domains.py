"""The domains of an account, their daily quotas, and how much of these is used."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

CdnType = Literal["web", "stream", "download"]

Use = Literal["file", "dir", "prefetch"]
"""What has a quota of its own, for each domain and day."""

_DAY = 86_400
_BEIJING = 8 * 3600
"""Seconds. The vendor says nowhere when a day begins; the console's alarms count from midnight in Beijing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain with the part of its configuration that the API tells; the quotas are the vendor's defaults."""

    name: str
    """As listed: a wildcard domain begins with `.` or `*.`."""

    id: str = ""
    """DomainId; by default derived from the name."""

    cdn_type: CdnType = "web"
    is_dcdn: bool = False
    files: int = 700
    dirs: int = 20
    prefetches: int = 500
    ignores_query: bool = False
    """Whether the query string is no part of the cache key."""

    cache_host: str = ""
    """The domain whose cache this one shares; by default its own."""

    project_id: str | None = None
    """None for the account's default project."""

    status: str = "enable"
    area: str = "all"
    has_https: bool = True
    is_cached: bool = True
    """Whether edges keep copies. By default they keep none of whole-site domains, whatever this says."""

    referers: tuple[str, ...] = ()
    """The hosts that a Referer has to name; by default any will do, or none."""

    def __post_init__(self) -> None:
        set_field = object.__setattr__  # the dataclass is frozen
        set_field(self, "id", self.id or f"ucdn-{crc32(self.name.encode()):08x}")
        set_field(self, "cache_host", self.cache_host or self.name)

    @property
    def is_wildcard(self) -> bool:
        return self.name.startswith((".", "*."))

    def quota(self, use: Use) -> int:
        """Return the number of URLs that can be submitted in a day."""
        match use:
            case "file":
                return self.files
            case "dir":
                return self.dirs
            case "prefetch":
                return self.prefetches


def domain_of(host: str, domains: Mapping[str, Domain]) -> Domain | None:
    """Return a host's domain, given the domains by name: the one of that name, else the nearest wildcard domain."""
    labels = host.split(".")
    parents = (".".join(labels[start:]) for start in range(1, len(labels)))
    wildcards = (prefix + parent for parent in parents for prefix in (".", "*."))
    return next((domains[name] for name in (host, *wildcards) if name in domains), None)


class QuotaUse:
    """How many URLs were submitted for each domain, by day. Days begin at midnight in Beijing."""

    def __init__(self) -> None:
        self._used: Counter[tuple[int, str, Use]] = Counter()

    def used(self, domain: Domain, use: Use, now: float) -> int:
        return self._used[_day(now), domain.id, use]

    def left(self, domain: Domain, use: Use, now: float) -> int:
        return max(domain.quota(use) - self.used(domain, use, now), 0)

    def add(self, domain: Domain, use: Use, now: float, count: int) -> None:
        self._used[_day(now), domain.id, use] += count


def _day(now: float) -> int:
    return int((now + _BEIJING) // _DAY)


# All hosts of the generated tasks. URLs with Chinese characters work on domains of type `web` only.
DEFAULT_DOMAINS = (
    Domain(name="www.example.com"),
    Domain(name="img.example.com"),
    Domain(name="static.example.com"),
    Domain(name="static.example.net", cache_host="static.example.com"),
    Domain(name="www.example.org"),
    Domain(name="old.example.net", has_https=False),
    Domain(name="dl.example.com", cdn_type="download", ignores_query=True),
    Domain(name="game.example.net", cdn_type="download", ignores_query=True, prefetches=2000),
    Domain(name="vod.example.com", cdn_type="stream", ignores_query=True),
    Domain(name="live.example.com", cdn_type="stream", ignores_query=True),
    Domain(name="www.cn.example.com", area="cn"),
    Domain(name="img.cn.example.com", area="cn", has_https=False),
    Domain(name="vod.cn.example.com", area="cn"),
    Domain(name="dl.cn.example.com", area="cn"),
    Domain(name="app.example.org", is_dcdn=True),
    # Where edges behave in odd ways: `edges/quirks.py`.
    Domain(name="*.edge.example.com"),
    Domain(name="forbidden.edge.example.com", referers=("www.example.com",)),
    Domain(name="no-store.edge.example.com", is_cached=False),
    Domain(name="campaign.example.com", project_id="org-side02"),
)
