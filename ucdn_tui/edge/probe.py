"""Prober: asks one address of a host for a URL and reads the head of its answer."""

import asyncio
import ssl
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, Literal, Self

import httpx

from ucdn_tui import __version__
from ucdn_tui.api.httpx_exceptions import fault_of, is_no_http
from ucdn_tui.api.network import tls_context
from ucdn_tui.clock import Clock
from ucdn_tui.edge.addresses import is_loopback, is_public
from ucdn_tui.edge.models import Answer, Failure, Obstacle, Probe
from ucdn_tui.edge.target import Target, parse_target
from ucdn_tui.text import sanitize

TIMEOUT: Final = 10.0
"""Seconds for a probe, from the connection to the head of the answer."""

_AT_ONCE = 8
"""Probes at the same time."""

_HEADERS: Final = {"Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": f"ucdn-tui/{__version__}"}
"""As a browser would ask, and nothing that changes what a cache answers. Many pages are kept compressed."""

_MOST_HEADERS = 100
_LONGEST_VALUE = 1000

Method = Literal["GET", "HEAD"]


class Prober:
    """Makes probes. It follows no redirect, keeps no cookie, sends no key, and reads neither netrc nor proxy variables.

    A certificate is verified for the URL's name, though the connection is made to an address.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        allow_private: bool = False,
        allow_loopback: bool = False,
        method: Method = "GET",
        transport: httpx.AsyncBaseTransport | None = None,
        tls: ssl.SSLContext | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        """Addresses that are not public are refused unless allowed. Raises UsageError for invalid certificates."""
        self._clock = clock
        self._allow_private = allow_private
        self._allow_loopback = allow_loopback
        self._method = method
        self._timeout = timeout
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._http = httpx.AsyncClient(
            transport=transport,
            verify=tls or tls_context(needed=transport is None),
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            headers=_HEADERS,
            # Below the whole timeout: a handshake that is cancelled from outside leaks its socket.
            timeout=httpx.Timeout(timeout, connect=timeout * 0.8),
            limits=httpx.Limits(max_keepalive_connections=0),  # each probe sees the address anew
            event_hooks={"response": [_keep_head]},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def probe(self, url: str, address: str) -> Probe:
        """Ask this address for the URL. Whatever goes wrong is in the probe."""
        target = parse_target(url)
        return await self._request(url, target, address, {})

    async def probe_origin(self, url: str, address: str, host: str, port: int, edge: Answer) -> Probe:
        """Ask the origin whether the edge's copy is still right; status 304 says that it is.

        The request is conditional, by the validators of the edge's answer. `host` is the origin's Host header; "" for
        the URL's. It is plain HTTP, unless the port is 443.
        """
        target = parse_target(url)
        if target is not None:
            target = target.of_host(host or target.host, port)
        conditions = {"If-None-Match": edge.header("etag"), "If-Modified-Since": edge.header("last-modified")}
        sent = {name: value for name, value in conditions.items() if value and value.isascii()}
        return await self._request(url, target, address, sent)

    async def _request(self, url: str, target: Target | None, address: str, headers: Mapping[str, str]) -> Probe:
        if target is None or not self._may_ask(address):
            obstacle = Obstacle.INVALID_URL if target is None else Obstacle.NOT_PUBLIC
            return Probe(url, address, self._clock.server_now(), failure=Failure(obstacle))
        async with self._slots:
            began = self._clock.elapsed()
            try:
                answer = await self._ask(target, address, headers)
            except (httpx.HTTPError, OSError) as error:
                return Probe(url, address, self._clock.server_now(), failure=_failure(error))
            now, seconds = self._clock.server_now(), self._clock.elapsed() - began
        return Probe(url, address, now, answer=answer, seconds=seconds)

    def _may_ask(self, address: str) -> bool:
        return self._allow_private or is_public(address) or (self._allow_loopback and is_loopback(address))

    async def _ask(self, target: Target, address: str, headers: Mapping[str, str]) -> Answer:
        heads: list[Answer] = []
        extensions: dict[str, Any] = {"target": target.path, "sni_hostname": target.host, "heads": heads}
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._http.stream(
                    self._method,
                    target.at(address),
                    headers={**headers, "Host": target.authority},
                    extensions=extensions,
                ),
            ):
                pass  # leaving the block drops the connection with the body unread
        except httpx.RemoteProtocolError:
            if not heads:  # otherwise httpx could not read the Location of a redirect, which it does not follow anyway
                raise
        return heads[0]


async def _keep_head(response: httpx.Response) -> None:
    response.request.extensions["heads"].append(_head(response))


def _head(response: httpx.Response) -> Answer:
    found = []
    for name, value in response.headers.multi_items()[:_MOST_HEADERS]:
        found.append((sanitize(name.lower(), 100), sanitize(value.strip(), _LONGEST_VALUE)))
    return Answer(response.status_code, tuple(found))


def _failure(error: Exception) -> Failure:
    if is_no_http(error):
        return Failure(Obstacle.NOT_HTTP)
    fault, detail = fault_of(error)
    return Failure(fault, sanitize(detail, 120))
