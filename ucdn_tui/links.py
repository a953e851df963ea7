"""Turning URLs into links that are safe to pass to a terminal or a browser."""

import re
from unicodedata import normalize
from urllib.parse import quote, unquote

LIMIT = 2000
"""Maximum characters of a link. Terminals drop longer ones: VTE those over 2083."""

_UNQUOTED = "!#$&'()*+,/:;=?@[]"
"""Characters of a link that are not percent-encoded, besides letters, digits and `-._~`.

Double quotes, backslashes and braces are encoded: URLs have none, and on macOS the link is part of a script.
"""

_CHARACTERS = rf"[A-Za-z0-9\-._~{re.escape(_UNQUOTED)}]"

_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]+\]")

_LINK = re.compile(
    rf"https?://(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|{_IPV6.pattern})(?::[0-9]{{1,5}})?"
    rf"(?:[/?#]{_CHARACTERS}*(?:%[0-9A-Fa-f]{{2}}{_CHARACTERS}*)*)?"
)
"""A URL that is already a link."""

# ASCII only: otherwise IGNORECASE lets ſ (U+017F) match s.
_PARTS = re.compile(r"(https?)://([^/?#]*?)((?::[0-9]{1,5})?)((?:[/?#].*)?)", re.ASCII | re.IGNORECASE | re.DOTALL)

_NAME = re.compile(r"[^\x00-/:-@\[-^`{-\x7f][^\x00-,/:-@\[-^`{-\x7f]*")
"""A host name in any script, without `@` (a user) and `\\` (which browsers read as the start of the path)."""

_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def link_of(url: str) -> str | None:
    """Return the URL as a link of printable ASCII without spaces; None if it must not become one.

    A link is http or https, with a host and without a user, which could disguise the host or reveal a password. Other
    characters are percent-encoded as UTF-8, so that the link leads to the same place; existing percent-encoding stays.
    A URL with a lone surrogate, which has no UTF-8, cannot become a link.
    """
    if len(url) > LIMIT:
        return None
    if _LINK.fullmatch(url):
        return url
    parts = _PARTS.fullmatch(url)
    if parts is None:
        return None
    scheme, host, port, rest = parts.groups()
    try:
        name = unquote(host, errors="strict")  # as browsers do before they interpret it
        if not _IPV6.fullmatch(host) and not _is_name(name):
            return None
        path = quote(_STRAY_PERCENT.sub("%25", rest), safe=f"%{_UNQUOTED}")
    except UnicodeError:
        return None
    link = f"{scheme.lower()}://{quote(name, safe=':[]')}{port}{path}"
    return link if len(link) <= LIMIT else None


def _is_name(host: str) -> bool:
    """Return whether this can be a host name, also after browsers normalize it (full-width `＠` becomes `@`)."""
    return host.isprintable() and all(_NAME.fullmatch(form) for form in (host, normalize("NFKC", host)))
