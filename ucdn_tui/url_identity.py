"""Which URLs are one for the CDN: http and https share a cache, and so does a host with or without the usual port."""

import re

URL = re.compile(r"(https?)://([^/?#]*)(.*)", re.ASCII | re.IGNORECASE | re.DOTALL)
"""Scheme, host and rest of a URL."""

_DEFAULT_PORT = {"http": ":80", "https": ":443"}


def identity(url: str) -> str:
    """Return what is the same for two URLs that are one for the CDN; "" if this is not a URL."""
    parts = URL.fullmatch(url)
    return host_of(parts[1], parts[2]) + parts[3] if parts else ""


def host_of(scheme: str, host: str) -> str:
    """Return the host in lower case, without the scheme's own port."""
    return host.lower().removesuffix(_DEFAULT_PORT[scheme.lower()])
