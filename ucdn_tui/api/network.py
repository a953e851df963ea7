"""The HTTP client for one endpoint, with the environment's certificate and proxy settings."""

import os
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.request import getproxies, proxy_bypass

import httpx

from ucdn_tui.api.endpoint import is_loopback
from ucdn_tui.errors import UsageError
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize

CALL_TIMEOUT = 30.0
"""Seconds for a whole call, from the connection to the last byte of the answer."""


def make_http(
    url: httpx.URL,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    tls: ssl.SSLContext | None = None,
    timeout: float,
) -> httpx.AsyncClient:
    """Return an HTTP client for this endpoint; `timeout` is in seconds, for each request.

    Raises UsageError, which names the variable, if a certificate or proxy setting of the environment is invalid.
    """
    tls = tls or _tls_context(needed=transport is None and url.scheme == "https")
    try:
        return httpx.AsyncClient(
            transport=transport,
            verify=tls,
            trust_env=not is_loopback(url.host),  # a proxy cannot reach this machine's loopback
            follow_redirects=False,  # a redirect would take the signature along
            # Shorter than the whole timeout: a handshake that is cancelled from outside leaks its socket.
            timeout=httpx.Timeout(timeout, connect=min(10.0, timeout / 3)),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "ucdn-tui"},
        )
    except Exception as error:  # noqa: BLE001 - an invalid address raises many types, depending on the parser
        cause = error
    raise _proxy_error(cause)  # outside the handler, so that no traceback holds the variable's value


def is_proxied(url: httpx.URL) -> bool:
    """Return whether the environment sets a proxy for this address; httpx reads the same variables."""
    named = getproxies().keys() & {url.scheme, "all"}
    return bool(named) and not is_loopback(url.host) and not proxy_bypass(url.host)


def closing_socks() -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    """Return a `trace` extension for one request, which closes the connection if the SOCKS handshake fails.

    httpcore does not, and so would leak a socket with each attempt.
    """
    streams: list[Any] = []

    async def trace(event: str, info: dict[str, Any]) -> None:
        if event == "socks.setup_socks5_connection.started":
            streams.append(info["stream"])
        elif event == "socks.setup_socks5_connection.failed":
            await streams.pop().aclose()

    return trace


def _tls_context(*, needed: bool) -> ssl.SSLContext:
    """Return the client's TLS context. CA certificates take 16 ms to load, so only if they are needed."""
    if not needed:
        return _empty_context()
    try:
        return httpx.create_ssl_context()
    except Exception as error:  # noqa: BLE001 - as above
        cause = error
    raise _certificate_error(cause)


def _empty_context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _use_key_log(value: str) -> None:
    _empty_context().keylog_filename = value


_CERTIFICATE_VARIABLES: Final[Mapping[str, Callable[[str], None]]] = {
    "SSLKEYLOGFILE": _use_key_log,
    "SSL_CERT_FILE": lambda value: _empty_context().load_verify_locations(cafile=value),
    "SSL_CERT_DIR": lambda value: _empty_context().load_verify_locations(capath=value),
}
"""The variables that httpx and Python read for TLS, each with a function that uses its value as they do."""


def _certificate_error(cause: Exception) -> UsageError:
    advice = _("Set it to a file or folder with certificates, or unset it.")
    for name, use in _CERTIFICATE_VARIABLES.items():
        if (value := os.environ.get(name)) and not _works(use, value):
            return UsageError(
                _("{name} is invalid: {value}").format(name=name, value=sanitize(value, 120)), advice=advice
            )
    return _unnamed_error(cause)


def _proxy_error(cause: Exception) -> UsageError:
    proxies = getproxies()
    for scheme in ("http", "https", "all"):
        value = proxies.get(scheme)
        if value and not _works(_use_proxy, value):
            return UsageError(
                _("{name} is invalid: {value}").format(name=_variable(scheme, value), value=_without_secrets(value)),
                advice=_("Use an address such as http://127.0.0.1:7890 or socks5://127.0.0.1:1080, or unset it."),
            )
    if value := proxies.get("no"):
        return UsageError(
            _("{name} is invalid: {value}").format(name=_variable("no", value), value=sanitize(value, 120)),
            advice=_("Use host names and domains, separated by commas."),
        )
    return _unnamed_error(cause)


def _use_proxy(value: str) -> None:
    url = value if "://" in value else f"http://{value}"
    httpx.AsyncHTTPTransport(proxy=httpx.Proxy(url), verify=_empty_context())


def _works(use: Callable[[str], None], value: str) -> bool:
    try:
        use(value)
    except Exception:  # noqa: BLE001 - as above
        return False
    return True


def _variable(scheme: str, value: str) -> str:
    """Return the name of the variable with this value; the value may also come from the system's settings."""
    name = f"{scheme}_proxy"
    given = [key for key in os.environ if key.lower() == name and os.environ[key] == value]
    return sanitize(given[0]) if given else name.upper()


def _without_secrets(proxy: str) -> str:
    """Return a proxy's scheme and host; the rest may contain a user name and password."""
    scheme, separator, rest = proxy.rpartition("://")
    host = re.split(r"[:/?#]", rest.rpartition("@")[2])[0]
    shown = f"{scheme}://{host}" if separator and scheme.isalnum() else host
    return sanitize(shown, 80) + ("" if shown == proxy else "…")


def _unnamed_error(cause: Exception) -> UsageError:
    return UsageError(
        _("Invalid network settings: {name}").format(name=type(cause).__name__),
        advice=_("Check SSL_CERT_FILE, SSL_CERT_DIR, HTTPS_PROXY, ALL_PROXY and NO_PROXY."),
    )
