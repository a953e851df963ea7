"""Which API endpoints are acceptable: where keys may be sent, and which hosts are this machine itself."""

import re
from ipaddress import AddressValueError, IPv4Address, ip_address
from urllib.parse import urlsplit

from ucdn_tui.errors import UsageError
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize

DEFAULT_ENDPOINT = "https://api.ucloud.cn"

VPC_HOST = "api.service.ucloud.cn"
"""The endpoint inside the vendor's private network; it speaks plain HTTP only."""

_PLAIN = re.compile(r"[!-~]+")
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")


def check_endpoint(url: str) -> str:
    """Return the endpoint without a trailing slash; raises UsageError unless keys may be sent to it.

    Requests carry no nonce and can be replayed by anyone who reads them, so plain HTTP is accepted only for this
    machine and for the vendor's private network.
    """
    if any(sign in url for sign in "@?#"):  # checked first, and without showing the URL: it may hold a password
        raise UsageError(
            _("Invalid endpoint: more than a host and a path"), advice=_("Leave out user, query and fragment.")
        )
    shown = sanitize(url, 200) or _("(empty)")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https") or not _is_host(host) or not _PLAIN.fullmatch(url):
        raise UsageError(
            _("Invalid endpoint: {url}").format(url=shown),
            advice=_("Use an address such as {url}.").format(url=DEFAULT_ENDPOINT),
        )
    if parts.scheme == "http" and not (is_loopback(host) or host == VPC_HOST):
        raise UsageError(
            _("Invalid endpoint: {url} is not encrypted").format(url=shown),
            advice=_("Use https://; plain http:// is for loopback and {host} only.").format(host=VPC_HOST),
        )
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Return whether the host is literally 127.0.0.0/8, ::1 or localhost; no name is resolved."""
    if host in ("localhost", "::1"):
        return True
    try:
        return IPv4Address(host).is_loopback
    except AddressValueError:
        return False


def _is_host(host: str) -> bool:
    """Return whether this is a host name or an IP address; an international name must be given as xn--…."""
    if "xn--" in host:
        import httpx  # it has its own rules for such names; imported here, as importing it is slow

        try:
            return bool(httpx.URL(f"https://{host}").host)
        except (httpx.InvalidURL, UnicodeError):
            return False
    try:
        ip_address(host)
    except ValueError:
        return bool(_HOST.fullmatch(host)) and not host.rstrip(".").rpartition(".")[2].isdecimal()
    return True
