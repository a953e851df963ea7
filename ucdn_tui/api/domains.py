"""The account's domains: their names, quotas and configurations. All are frozen; texts are the API's own words."""

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Domain(NamedTuple):
    """A domain of the account, from GetUcdnDomainInfoList."""

    name: str
    """Domain. A wildcard domain is written `.example.com` or `*.example.com`."""

    id: str = ""
    """DomainId, which quotas and configurations are asked for by; "" if none came."""


class DomainList(NamedTuple):
    """The answer to GetUcdnDomainInfoList."""

    domains: tuple[Domain, ...]
    is_complete: bool
    """Whether these are all domains. If not, one that is missing here may exist all the same."""


class Allowance(NamedTuple):
    """How many URLs of one sort a domain takes in a day. None stands for a number that did not come."""

    quota: int | None = None
    submitted: int | None = None

    @property
    def left(self) -> int | None:
        """The number of URLs that are left today; None if it is not known. The API may have taken more than allowed."""
        if self.quota is None or self.submitted is None:
            return None
        return max(0, self.quota - self.submitted)


class DomainQuota(NamedTuple):
    """A domain's quotas for today, from GetUcdnDomainPrefetchRefreshState."""

    files: Allowance = Allowance()
    """RefreshFileQuota, SubmitRefreshFile."""

    dirs: Allowance = Allowance()
    """RefreshDirQuota, SubmitRefreshDir."""

    prefetches: Allowance = Allowance()
    """PrefetchQuota, SubmitPrefetchCount."""


class CacheRule(NamedTuple):
    """How long files are kept: a row of CacheConf's CacheList."""

    pattern: str = ""
    """PathPattern, a regular expression."""

    ttl: int | None = None
    """CacheTTL in seconds; None if it is not known, or without effect as nothing is kept."""

    behavior: bool | None = None
    """CacheBehavior: whether files are kept at all; None if it is not known."""


class CacheKeyRule(NamedTuple):
    """Which part of the query tells two files apart: a row of CacheConf's CacheKeyList."""

    pattern: str = ""
    """PathPattern, a regular expression."""

    ignore: bool | None = None
    """Ignore: whether the query is left out of the cache key; None if it is not known."""

    query: str = ""
    """QueryString: the variables concerned, such as `$a+$b`; `$querystring` stands for all."""


class ReferRule(NamedTuple):
    """Who may fetch, by the Referer header: one of the ReferConf."""

    is_blacklist: bool | None = None
    """ReferType: whether these are refused (1) or the only ones allowed (0); None if it is not known."""

    allows_none: bool | None = None
    """NullRefer: whether requests without a Referer are allowed; None if it is not known."""

    patterns: tuple[str, ...] = ()
    """ReferList, regular expressions."""


class Origin(NamedTuple):
    """Where the edge fetches from: OriginConf."""

    ips: tuple[str, ...] = ()
    """OriginIpList: addresses or names."""

    host: str = ""
    """OriginHost: the Host header; "" for the domain itself."""

    port: int | None = None
    protocol: str = ""
    """OriginProtocol: `http` or `http|https`."""


class DomainConfig(Struct, frozen=True, gc=False):
    """A domain's configuration, from GetUcdnDomainConfig, as far as it is of use. "" stands for what did not come."""

    domain: str = ""
    id: str = ""
    status: str = ""
    """Status: only `enable` surely serves. Others are check, checkSuccess, checkFail, disable, delete, deploying, …"""

    cdn_type: str = ""
    """CdnType: web, stream or download. It decides which URLs may be submitted."""

    area: str = ""
    """AreaCode: cn, abroad or all."""

    cname: str = ""
    """The name that the domain's CNAME record has to have."""

    https_cn: str = ""
    """HttpsStatusCn: enable, disable, enableing or fail."""

    https_abroad: str = ""
    """HttpsStatusAbroad, likewise."""

    cache_host: str = ""
    """CacheHost: domains with the same one share their cache; "" for the domain itself."""

    ignores_query: bool | None = None
    """Whether a rule leaves the query out of the cache key, for all files or some. None if that is not known: no rules
    came, or unreadable ones. Without rules web domains do not ignore the query, download and stream domains do."""

    cache_key_rules: tuple[CacheKeyRule, ...] = ()
    cache_rules: tuple[CacheRule, ...] = ()
    """CacheList, in the API's order."""

    origin: Origin = Origin()
    refer_rules: tuple[ReferRule, ...] = ()
    test_url: str = ""
    """TestUrl: a URL that the owner gave for tests of the origin."""

    is_dcdn: bool = False
    """Whether the domain has whole-site acceleration: only the query with IsDcdn returned it."""

    @property
    def leaves_out_query(self) -> bool:
        """Whether URLs are cached without their query, by a rule or by default."""
        return self.cdn_type in ("download", "stream") if self.ignores_query is None else self.ignores_query


def domain_key(domain: str) -> str:
    """Return a domain's name as `find_domain` looks for it: in lower case; a wildcard domain begins with a dot."""
    return domain.lower().removeprefix("*")


def find_domain(domains: Mapping[str, T], host: str) -> T | None:
    """Return the value of the domain that a lower-case host belongs to; None for none. `domains` by `domain_key`."""
    while (found := domains.get(host)) is None:
        _label, dot, rest = host.lstrip(".").partition(".")
        if not dot:
            return None
        host = f".{rest}"
    return found
