"""NO_PROXY: the hosts that are reached without the proxy, in each of the forms that curl and others accept."""

import re
from ipaddress import ip_address, ip_network

_BRACKETED = re.compile(r"\[([^]]*)\](/[0-9]+)?(?::([0-9]{1,5}))?")
_WITH_PORT = re.compile(r"([^:]*):([0-9]{1,5})")


def bypasses_proxy(no_proxy: str, host: str, port: int) -> bool:
    """Return whether the list in `no_proxy` has this host, which is in lower case and without brackets.

    Its entries are separated by commas or spaces: `*`, a name (`example.com`, `.example.com` and `*.example.com` also
    stand for all names below it), an IPv4 or IPv6 address or network (`10.0.0.0/8`, `::1/128`, `[::1]`). Each may end
    in a port, `example.com:443`, and then stands for this port only. An entry that is none of these matches nothing.
    """
    return any(_matches(entry, host.rstrip("."), port) for entry in re.split(r"[\s,]+", no_proxy.lower()) if entry)


def _matches(entry: str, host: str, port: int) -> bool:
    name, its_port = _split(entry.rpartition("://")[2].rstrip("/"))
    if its_port not in ("", str(port)):
        return False
    if name == "*":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        domain = name.removeprefix("*").strip(".")
        return bool(domain) and (host == domain or host.endswith(f".{domain}"))
    try:
        return address in ip_network(name, strict=False)
    except ValueError:
        return False


def _split(entry: str) -> tuple[str, str]:
    """Return the name, address or network, and the port, "" without one."""
    if found := _BRACKETED.fullmatch(entry):
        return found[1] + (found[2] or ""), found[3] or ""
    if found := _WITH_PORT.fullmatch(entry):
        return found[1], found[2]
    return entry, ""
