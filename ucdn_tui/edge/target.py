"""Target: how a URL is requested from one address, exactly as it is written."""

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from ucdn_tui.text import masked

_PORTS = {"http": 80, "https": 443}
_LITERAL = "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~"
"""Sent as written: the path and the query are part of the cache key, so nothing is normalised."""


class Target(NamedTuple):
    """The parts of a URL that a request needs."""

    scheme: str
    host: str
    """In lower case and ASCII; an IPv6 address without brackets."""

    port: int
    path: bytes
    """Path and query as on the wire. Characters beyond ASCII and spaces are percent-encoded, as browsers do."""

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def at(self, address: str) -> str:
        """Return the URL that connects to this address; the path is sent apart."""
        host = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{host}:{self.port}/"

    def of_host(self, host: str, port: int) -> "Target | None":
        """Return how the same is requested from another host, by TLS at port 443; None if it cannot be a host."""
        try:
            name = _ascii_host(host)
        except ValueError:
            return None
        return Target("https" if port == 443 else "http", name, port, self.path) if 0 < port < 65_536 else None


def parse_target(url: str) -> Target | None:
    """Return how the URL is requested; None if it is no http or https URL with a host. A fragment is left out."""
    if url != masked(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _ascii_host(parts.hostname or "")
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host or parts.username is not None or port == 0:
        return None
    path = quote(parts.path or "/", safe=_LITERAL)
    if "?" in url.partition("#")[0]:  # also an empty query, which urlsplit drops
        path += "?" + quote(parts.query, safe=_LITERAL)
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], path.encode("ascii"))


def _ascii_host(host: str) -> str:
    """Return the host as DNS has it; raises ValueError (UnicodeError) if it cannot be a host."""
    if ":" in host:
        return str(ip_address(host))
    if host.isascii():
        if not all(host.removesuffix(".").split(".")) or not all(each.isalnum() or each in "-._" for each in host):
            raise ValueError(host)
        return host.lower()
    import idna  # here, as few need it; it comes with httpx

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(host) from error
