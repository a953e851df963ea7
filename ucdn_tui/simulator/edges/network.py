"""EdgeNetwork: what the edges and the origin of an account answer to a request."""

import threading
from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.domains import Domain, domain_of
from ucdn_tui.simulator.edges.caches import STALE, Caches, Fetched
from ucdn_tui.simulator.edges.effects import Effects
from ucdn_tui.simulator.edges.keys import requested_key, submitted_key
from ucdn_tui.simulator.edges.nodes import EDGES, ORIGIN, Edge
from ucdn_tui.simulator.edges.origin import File, Origin
from ucdn_tui.simulator.edges.quirks import HOSTILE_HEADERS, QUIRKY_HOSTS, SLOW_SECONDS, Quirk

_EDGES = {edge.address: edge for edge in EDGES}


class Request(NamedTuple):
    """A request as the node gets it."""

    method: str
    scheme: str
    host: str
    """The Host header; a port in it counts for nothing."""

    target: str
    """Path and query as in the request line."""

    headers: Mapping[str, str] = {}
    """By lower-case name."""


class Reply(NamedTuple):
    """An answer without the headers that depend on the connection."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """May hold any character but line ends; to be sent in UTF-8."""

    body: bytes = b""
    delay: float = 0.0
    """Seconds to wait before it is sent."""


class EdgeNetwork:
    """The edges of an account's domains and their origin, by the account's clock.

    Which host answers in which odd way is in `quirks`, and can be changed. stale_every: see Caches.
    """

    def __init__(self, account: Account, *, stale_every: int = 0) -> None:
        self.account = account
        self.quirks: dict[str, Quirk] = dict(QUIRKY_HOSTS)
        self._domains = {domain.name: domain for domain in account.domains}
        self._origin = Origin()
        self._caches = Caches(Effects(account), self._origin, account.start, stale_every)
        self._lock = threading.Lock()  # a server answers each connection in a thread of its own

    def resolve(self, host: str) -> list[str]:
        """Return the addresses of a host, as DNS would: none if it is not on a domain of the account."""
        try:
            return [str(ip_address(host))]
        except ValueError:
            return list(_EDGES) if domain_of(host.lower(), self._domains) else []

    def has_certificate(self, host: str) -> bool:
        """Return whether the edges have a certificate for a host."""
        domain = domain_of(host.lower(), self._domains)
        return domain is not None and domain.has_https and self.quirks.get(host.lower()) is not Quirk.CERTIFICATE

    def publish(self, url: str) -> None:
        """Change the file at the origin."""
        with self._lock:
            self._origin.publish(self._key_of(url), self.account.now())

    def make_stale(self, address: str, url: str, seconds: float = STALE) -> None:
        """Have one edge keep its copy for so many seconds after each refresh of the URL has finished."""
        with self._lock:
            self._caches.make_stale(address, self._key_of(url), seconds)

    def answer(self, address: str, request: Request) -> Reply:
        """Answer a request to a node.

        Raises ConnectionRefusedError if there is no node with this address, and ConnectionResetError if the connection
        is to be reset.
        """
        edge = _EDGES.get(address)
        if edge is None and address != ORIGIN:
            raise ConnectionRefusedError
        host = (urlsplit(f"//{request.host}").hostname or "").rstrip(".")
        domain = domain_of(host, self._domains)
        if request.method not in ("GET", "HEAD"):
            return self._text(405, "Method Not Allowed", ("Allow", "GET, HEAD"))
        if domain is None:
            return self._text(404, "No such domain")
        with self._lock:
            if edge is None:
                return self._from_origin(request, host, domain)
            return self._from_edge(edge, request, host, domain)

    def _from_edge(self, edge: Edge, request: Request, host: str, domain: Domain) -> Reply:
        quirk = self.quirks.get(host)
        if quirk is Quirk.RESET:
            raise ConnectionResetError
        if quirk is Quirk.REDIRECT and request.scheme == "http":
            return self._text(301, "Moved Permanently", ("Location", f"https://{request.host}{request.target}"))
        referers = domain.referers or ((host,) if quirk is Quirk.FORBIDDEN else ())
        if referers and urlsplit(request.headers.get("referer", "")).hostname not in referers:
            return self._text(403, "Forbidden")
        found = self._fetch(edge, requested_key(host, request.target, domain), domain, quirk)
        told = _tiers(edge, found, quirk)
        if found.file is None:
            return self._text(404, "Not Found", *told)
        headers = self._file_headers(found.file, "Tengine/2.2.3", quirk) + told + self._age(found, quirk)
        if quirk is Quirk.HOSTILE:
            replaced = {name for name, _ in HOSTILE_HEADERS}
            headers = tuple(header for header in headers if header[0] not in replaced) + HOSTILE_HEADERS
        return Reply(200, headers, found.file.body, SLOW_SECONDS if quirk is Quirk.SLOW else 0.0)

    def _fetch(self, edge: Edge, key: str, domain: Domain, quirk: Quirk | None) -> Fetched:
        now = self.account.now()
        if quirk is Quirk.MISSING:
            return Fetched(None, now, edge_hit=False, parent_hit=False)
        if domain.is_dcdn or not domain.is_cached or quirk is Quirk.NO_STORE:
            return Fetched(self._origin.file(key, now), now, edge_hit=False, parent_hit=False)
        return self._caches.fetch(edge, key, now)

    def _age(self, found: Fetched, quirk: Quirk | None) -> tuple[tuple[str, str], ...]:
        """Return the Age of a copy. What comes straight from the origin has none."""
        if not (found.edge_hit or found.parent_hit) or quirk is Quirk.NO_AGE:
            return ()
        age = 0 if quirk is Quirk.ZERO_AGE else int(self.account.now() - found.fetched)
        return (("Age", str(age)),)

    def _from_origin(self, request: Request, host: str, domain: Domain) -> Reply:
        file = self._origin.file(requested_key(host, request.target, domain), self.account.now())
        if file is None or self.quirks.get(host) is Quirk.MISSING:
            return self._text(404, "Not Found", server="origin")
        headers = self._file_headers(file, "origin", self.quirks.get(host))
        return Reply(304, headers) if _is_unchanged(file, request.headers) else Reply(200, headers, file.body)

    def _file_headers(self, file: File, server: str, quirk: Quirk | None) -> tuple[tuple[str, str], ...]:
        kept = (("Cache-Control", "no-store"),) if quirk is Quirk.NO_STORE else ()
        return (
            *self._common_headers(server),
            ("Last-Modified", formatdate(file.modified, usegmt=True)),
            ("ETag", file.etag),
            *kept,
        )

    def _text(self, status: int, text: str, *headers: tuple[str, str], server: str = "Tengine/2.2.3") -> Reply:
        return Reply(status, self._common_headers(server) + headers, f"{text}\n".encode())

    def _common_headers(self, server: str) -> tuple[tuple[str, str], ...]:
        date = formatdate(self.account.now(), usegmt=True)
        return (("Server", server), ("Date", date), ("Content-Type", "text/plain; charset=utf-8"))

    def _key_of(self, url: str) -> str:
        """Return the cache key of a URL as it is requested; ValueError if it is not on a domain of the account."""
        host, target = submitted_key(url)
        domain = domain_of(host, self._domains)
        if domain is None:
            raise ValueError(f"no such domain: {host}")
        return requested_key(host, target, domain)


def _tiers(edge: Edge, found: Fetched, quirk: Quirk | None) -> tuple[tuple[str, str], ...]:
    """Return the header that tells hit or miss, if any."""
    above = edge.parent.address
    match quirk:
        case Quirk.NO_HEADER:
            return ()
        case Quirk.X_CACHE:
            return (("X-Cache", f"TCP_{_word(found.edge_hit)} from {edge.address}"),)
        case Quirk.CACHE_STATUS:
            # What a copy came with stays in it: at a hit, the parent's word is that of the first request.
            parent = "hit" if found.parent_hit and not found.edge_hit else "fwd=uri-miss; stored"
            own = "hit" if found.edge_hit else "fwd=uri-miss; stored"
            return (("Cache-Status", f'"{above}"; {parent}, "{edge.address}"; {own}'),)
        case _:
            told = f"{_word(found.edge_hit)} by {edge.address}, {_word(found.parent_hit)} by {above}"
            return (("X-Via-Ucdn", told),)


def _word(is_hit: bool) -> str:
    return "HIT" if is_hit else "MISS"


def _is_unchanged(file: File, headers: Mapping[str, str]) -> bool:
    """Return whether a conditional request has the file's validators; an ETag takes precedence."""
    if (etags := headers.get("if-none-match")) is not None:
        return file.etag in (etag.strip().removeprefix("W/") for etag in etags.split(","))
    try:
        return parsedate_to_datetime(headers.get("if-modified-since", "")).timestamp() >= file.modified
    except ValueError:
        return False
