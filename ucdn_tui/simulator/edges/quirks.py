"""Where edges behave in odd ways: hosts that show one way each."""

from enum import Enum

_DOMAIN = "edge.example.com"


class Quirk(Enum):
    """An odd way to answer. Each is shown by the host `<value>.edge.example.com`, such as `slow.edge.example.com`."""

    NO_HEADER = "no-header"
    """No header tells hit or miss, as at the edges of some other suppliers. Also shown by `old.example.net`."""

    X_CACHE = "x-cache"
    """`X-Cache` instead of `X-Via-Ucdn`. Also shown by `game.example.net`."""

    CACHE_STATUS = "cache-status"
    """`Cache-Status` (RFC 9211) instead of `X-Via-Ucdn`: the parent comes first."""

    FORBIDDEN = "forbidden"
    """403 without a Referer of the domain's allowlist."""

    MISSING = "missing"
    """404, as for every path with `missing` in it."""

    REDIRECT = "redirect"
    """http is redirected to https."""

    SLOW = "slow"
    """The answer comes after a minute and a half."""

    RESET = "reset"
    """The connection is reset instead of an answer."""

    CERTIFICATE = "certificate"
    """The certificate is for another name, as on domains without https, such as `old.example.net`."""

    NO_AGE = "no-age"
    """A hit has no Age."""

    ZERO_AGE = "zero-age"
    """A hit has an Age of 0."""

    NO_STORE = "no-store"
    """The origin forbids to keep copies: always a miss."""

    HOSTILE = "hostile"
    """Headers with escape sequences, bidirectional overrides and 8,192 characters."""


QUIRKY_HOSTS = {
    **{f"{quirk.value}.{_DOMAIN}": quirk for quirk in Quirk},
    "old.example.net": Quirk.NO_HEADER,
    "game.example.net": Quirk.X_CACHE,
}

SLOW_SECONDS = 90.0

HOSTILE_HEADERS = (
    ("Server", "Tengine\x1b]0;owned\x07\x1b[2J"),
    ("X-Via-Ucdn", "HIT by \x1b[31m127.0.20.1\x1b[0m\u202e, [bold]HIT[/bold] by 127.0.20.11"),
    ("ETag", '"\u2066evil\u2069\u200b-[/b]"'),
    ("Age", "١٢"),
    ("Cache-Control", "x" * 8192),
    ("X-Odd", "\x9b31m"),
)
"""Sent instead of the usual headers of the same names, in UTF-8."""
