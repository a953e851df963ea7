"""Which API endpoints are acceptable: where keys may be sent, and which hosts are this machine itself."""

import re
from ipaddress import AddressValueError, IPv4Address, ip_address
from urllib.parse import urlsplit

from ucdn_tui.errors import UsageError
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize

DEFAULT_ENDPOINT = "https://api.ucloud.cn"

VPC_HOST = "api.service.ucloud.cn"
"""The endpoint inside the vendor's private network, which speaks plain HTTP only."""

_PLAIN = re.compile(r"[!-~]+")
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")


def check_endpoint(url: str) -> str:
    """Return the endpoint, without a slash at its end; raises UsageError where keys must not be sent to it.

    Requests carry no nonce, so whoever reads one can send it again: plain HTTP is for this machine and the vendor's
    private network only.
    """
    title = _("Endpoint cannot be used")
    if any(sign in url for sign in "@?#"):  # said first, and not repeated: it may be a password
        raise UsageError(title, _("It holds more than a host and a path."), _("Leave out user, query and fragment."))
    shown = sanitize(url, 200)
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https") or not _is_host(host) or not _PLAIN.fullmatch(url):
        raise UsageError(title, shown, _("Give an address such as {url}.").format(url=DEFAULT_ENDPOINT))
    if parts.scheme == "http" and not (is_loopback(host) or host == VPC_HOST):
        raise UsageError(
            title,
            _("{url} is not encrypted.").format(url=shown),
            _("Use https://; plain HTTP is for loopback and {host} only.").format(host=VPC_HOST),
        )
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Return whether the host is literally 127.0.0.0/8, ::1 or localhost."""
    if host in ("localhost", "::1"):
        return True
    try:
        return IPv4Address(host).is_loopback
    except AddressValueError:
        return False


def _is_host(host: str) -> bool:
    """Return whether this is a host's name or address; a name in another script has to come as xn--…."""
    if "xn--" in host:
        import httpx  # which is to call it, and has rules of its own for such names; it takes its time to import

        try:
            return bool(httpx.URL(f"https://{host}").host)
        except (httpx.InvalidURL, UnicodeError):
            return False
    try:
        ip_address(host)
    except ValueError:
        return bool(_HOST.fullmatch(host)) and not host.rstrip(".").rpartition(".")[2].isdecimal()
    return True
