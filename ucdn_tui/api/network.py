"""How the API is reached: the environment's proxy and certificate settings, and the HTTP client made from them."""

import os
import re
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final
from urllib.request import getproxies, getproxies_environment, proxy_bypass

import certifi
import httpx

from ucdn_tui.api.endpoint import is_loopback
from ucdn_tui.api.no_proxy import bypasses_proxy
from ucdn_tui.errors import UsageError
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize

CALL_TIMEOUT = 30.0
"""Seconds for a whole call, from the connection to the last byte of the answer."""


def make_http(
    url: httpx.URL,
    *,
    proxy: str | None,
    transport: httpx.AsyncBaseTransport | None = None,
    tls: ssl.SSLContext | None = None,
    timeout: float,
) -> httpx.AsyncClient:
    """Return an HTTP client for this endpoint; `timeout` is in seconds, for each request.

    httpx itself reads no variable and no netrc file, and keeps no cookies. Raises UsageError, which names the variable,
    if a certificate or proxy setting of the environment is invalid.
    """
    tls = tls or tls_context(needed=transport is None and url.scheme == "https")
    try:
        return httpx.AsyncClient(
            transport=transport,
            proxy=_proxy(proxy, tls) if proxy and transport is None else None,
            verify=tls,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,  # a redirect would take the signature along
            # Shorter than the whole timeout: a handshake that is cancelled from outside leaks its socket.
            timeout=httpx.Timeout(timeout, connect=min(10.0, timeout / 3)),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "ucdn-tui"},
        )
    except Exception:  # an invalid address raises many types, depending on the parser
        if not proxy:
            raise
    raise _proxy_error(proxy)  # outside the handler, so that no traceback holds the variable's value


def proxy_for(url: httpx.URL) -> str | None:
    """Return the address of the proxy to this endpoint, as set in the environment or, without one, in the system.

    Plain HTTP never takes a proxy: it is for this machine, which a proxy cannot reach, and for the vendor's private
    network, which the requests must not leave in the clear.
    """
    if url.scheme != "https" or is_loopback(url.host):
        return None
    environment = getproxies_environment()
    proxies = environment or getproxies()
    proxy = (proxies.get("https") or proxies.get("all") or "").strip()  # a line of a file may end in CR
    if not proxy:
        return None
    if environment:
        return None if bypasses_proxy(environment.get("no", ""), url.host, url.port or 443) else proxy
    return None if proxy_bypass(url.host) else proxy


class ConnectionTrace:
    """Follows the connection of one request, as its `trace` extension.

    It also closes the connection if the SOCKS handshake fails: httpcore does not, and would leak a socket each time.
    """

    def __init__(self) -> None:
        self.has_sent = False
        """Whether sending has begun, so that the request or a part of it may have arrived."""

        self._is_new = False
        self._has_head = False
        self._is_through = False
        self._socks_stream: Any = None

    @property
    def was_idle(self) -> bool:
        """Whether an idle connection was reused, and gave no answer: the server may have closed it just before."""
        return self.has_sent and not self._is_new and not self._has_head

    @property
    def is_before_tunnel(self) -> bool:
        """Whether a new connection has not got through its proxy; True, too, if it has no proxy."""
        return self._is_new and not self._is_through

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        layer, _dot, step = event.partition(".")
        match step:
            case "connect_tcp.started":
                self._is_new = True
            case "start_tls.started" if layer in ("proxy", "socks"):  # with the API; "connection" is that to the proxy
                self._is_through = True
            case "send_request_headers.started" if info["request"].method != b"CONNECT":  # that one is the proxy's
                self.has_sent = True
            case "receive_response_headers.complete":
                self._has_head = True
            case "setup_socks5_connection.started":
                self._socks_stream = info["stream"]
            case "setup_socks5_connection.failed":
                await self._socks_stream.aclose()


def _proxy(address: str, tls: ssl.SSLContext) -> httpx.Proxy:
    """Return the proxy; desktops write `socks://` for SOCKS5. Raises exceptions of many types if it is invalid."""
    if "://" not in address:
        address = f"http://{address}"
    if address.lower().startswith("socks://"):
        address = f"socks5{address[len('socks') :]}"
    return httpx.Proxy(address, ssl_context=tls if address.startswith("https:") else None)


def tls_context(*, needed: bool) -> ssl.SSLContext:
    """Return the client's TLS context. CA certificates take 16 ms to load, so only if they are needed.

    The environment's certificates are added to the public authorities. SSLKEYLOGFILE is ignored.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if needed:
        context.load_verify_locations(cafile=certifi.where())
        for name, argument in _CERTIFICATE_VARIABLES.items():
            if value := os.environ.get(name):
                _add_certificates(context, name, argument, value)
    return context


_CERTIFICATE_VARIABLES: Final = {"SSL_CERT_FILE": "cafile", "SSL_CERT_DIR": "capath"}
"""The variables, each with its argument of `load_verify_locations`."""


def _add_certificates(context: ssl.SSLContext, name: str, argument: str, value: str) -> None:
    try:
        context.load_verify_locations(**{argument: value})
    except (OSError, ValueError):  # ValueError: a character that no path has
        raise UsageError(
            _("{name} is invalid: {value}").format(name=name, value=sanitize(value, 120)),
            advice=_("Set it to a file or folder with certificates, or unset it."),
        ) from None


def _proxy_error(proxy: str) -> UsageError:
    return UsageError(
        _("{name} is invalid: {value}").format(name=_variable(proxy), value=_without_secrets(proxy)),
        advice=_("Use an address such as http://127.0.0.1:7890 or socks5://127.0.0.1:1080, or unset it."),
    )


def _variable(value: str) -> str:
    """Return the name of the proxy variable with this value; the value may also come from the system's settings."""
    names = ("https_proxy", "all_proxy")
    given = (key for key in os.environ if key.lower() in names and os.environ[key].strip() == value)
    return sanitize(next(given, _("The system's proxy setting")))


def _without_secrets(proxy: str) -> str:
    """Return a proxy's scheme and host; the rest may contain a user name and password."""
    scheme, separator, rest = proxy.rpartition("://")
    host = re.split(r"[:/?#]", rest.rpartition("@")[2])[0]
    shown = f"{scheme}://{host}" if separator and scheme.isalnum() else host
    return sanitize(shown, 80) + ("" if shown == proxy else "…")
