"""The HTTP client of one endpoint, and what the environment says of certificates and proxies."""

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


def make_http(
    url: httpx.URL,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    tls: ssl.SSLContext | None = None,
    timeout: float,
) -> httpx.AsyncClient:
    """Return what carries requests to this endpoint, each within `timeout` seconds.

    Raises UsageError, which names the variable, where the environment's certificates or proxies cannot be used.
    """
    tls = tls or _tls_context(needed=transport is None and url.scheme == "https")
    try:
        return httpx.AsyncClient(
            transport=transport,
            verify=tls,
            trust_env=not is_loopback(url.host),  # a proxy cannot reach this machine's own loopback
            follow_redirects=False,  # the signature would follow
            # Less than the whole time, so that httpx itself ends a handshake; cancelled, it leaves it open.
            timeout=httpx.Timeout(timeout, connect=min(10.0, timeout / 3)),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "ucdn-tui"},
        )
    except Exception as error:  # noqa: BLE001 - an address that is none raises whatever its reader happens to raise
        cause = error
    raise _proxy_error(cause)  # here, where no traceback leads to the variable's value


def is_proxied(url: httpx.URL) -> bool:
    """Return whether the environment has a proxy for this address; httpx reads the same variables."""
    named = getproxies().keys() & {url.scheme, "all"}
    return bool(named) and not is_loopback(url.host) and not proxy_bypass(url.host)


def closing_socks() -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    """Return a `trace` extension for one request: it closes the connection to a SOCKS proxy that does not go on.

    httpcore closes no connection whose SOCKS handshake failed: each try would leave a socket open.
    """
    streams: list[Any] = []

    async def trace(event: str, info: dict[str, Any]) -> None:
        if event == "socks.setup_socks5_connection.started":
            streams.append(info["stream"])
        elif event == "socks.setup_socks5_connection.failed":
            await streams.pop().aclose()

    return trace


def _tls_context(*, needed: bool) -> ssl.SSLContext:
    """Return one context for the client's whole life; authorities take 16 ms to load: only where they are needed."""
    if not needed:
        return _empty_context()
    try:
        return httpx.create_ssl_context()
    except Exception as error:  # noqa: BLE001 - likewise
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
"""The variables that httpx and Python read for TLS, and what uses the value of each as they do."""


def _certificate_error(cause: Exception) -> UsageError:
    for name, use in _CERTIFICATE_VARIABLES.items():
        if (value := os.environ.get(name)) and not _works(use, value):
            return _settings_error(
                _("{name} cannot be used: {value}.").format(name=name, value=sanitize(value, 120)),
                _("Name a file or folder with certificates, or unset it."),
            )
    return _unnamed_error(cause)


def _proxy_error(cause: Exception) -> UsageError:
    proxies = getproxies()
    for scheme in ("http", "https", "all"):
        value = proxies.get(scheme)
        if value and not _works(_use_proxy, value):
            return _settings_error(
                _("{name} is not the address of a proxy: {value}.").format(
                    name=_variable(scheme, value), value=_without_secrets(value)
                ),
                _("Give an address such as http://127.0.0.1:7890 or socks5://127.0.0.1:1080, or unset it."),
            )
    if value := proxies.get("no"):
        return _settings_error(
            _("{name} cannot be used: {value}.").format(name=_variable("no", value), value=sanitize(value, 120)),
            _("Name hosts and domains only, separated by commas."),
        )
    return _unnamed_error(cause)


def _use_proxy(value: str) -> None:
    url = value if "://" in value else f"http://{value}"
    httpx.AsyncHTTPTransport(proxy=httpx.Proxy(url), verify=_empty_context())


def _works(use: Callable[[str], None], value: str) -> bool:
    try:
        use(value)
    except Exception:  # noqa: BLE001 - likewise
        return False
    return True


def _variable(scheme: str, value: str) -> str:
    """Return the name of the variable that has this value; a proxy may also come from the system's settings."""
    name = f"{scheme}_proxy"
    given = [key for key in os.environ if key.lower() == name and os.environ[key] == value]
    return sanitize(given[0]) if given else name.upper()


def _without_secrets(proxy: str) -> str:
    """Return a proxy's scheme and host: all the rest may be, or hold, a user's name and password."""
    scheme, separator, rest = proxy.rpartition("://")
    host = re.split(r"[:/?#]", rest.rpartition("@")[2])[0]
    shown = f"{scheme}://{host}" if separator and scheme.isalnum() else host
    return sanitize(shown, 80) + ("" if shown == proxy else "…")


def _unnamed_error(cause: Exception) -> UsageError:
    return _settings_error(
        _("{name} while certificates and proxies were set up.").format(name=type(cause).__name__),
        _("Check SSL_CERT_FILE, SSL_CERT_DIR, HTTPS_PROXY, ALL_PROXY and NO_PROXY."),
    )


def _settings_error(sentence: str, advice: str) -> UsageError:
    return UsageError(_("Network settings cannot be used"), sentence, advice)
