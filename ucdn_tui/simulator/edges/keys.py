"""Cache keys: under which name a URL's copy is kept. http and https share it."""

from typing import NamedTuple
from urllib.parse import quote, urlsplit

from ucdn_tui.simulator.domains import Domain

_LITERAL = "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~"
"""Kept as written. The CDN decodes nothing: a refresh by another spelling has no effect."""


class Key(NamedTuple):
    """What a submitted URL names in the caches."""

    host: str
    """As submitted, in lower case and without a port."""

    target: str
    """Path and query as in a request line."""


def submitted_key(url: str) -> Key:
    """Return the key of a submitted URL. Its query is kept, also where the cache ignores queries: then it fits no copy.

    Characters beyond ASCII are encoded as browsers do, so that they fit what is requested.
    """
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return Key((parts.hostname or "").lower(), quote((parts.path or "/") + query, safe=_LITERAL))


def cache_host(host: str, domain: Domain) -> str:
    """Return the host under which a domain keeps its copies: a wildcard domain has one cache for each host."""
    return host if domain.cache_host == domain.name else domain.cache_host


def requested_key(host: str, target: str, domain: Domain) -> str:
    """Return the cache key of a request."""
    path = target.partition("?")[0] if domain.ignores_query else target
    return cache_host(host, domain) + path
