"""Which hosts are this machine itself, by their very names: keys may go there unencrypted, and no proxy leads there."""

from ipaddress import AddressValueError, IPv4Address


def is_loopback(host: str) -> bool:
    """Return whether the host is literally 127.0.0.0/8, ::1 or localhost."""
    if host in ("localhost", "::1"):
        return True
    try:
        return IPv4Address(host).is_loopback
    except AddressValueError:
        return False
