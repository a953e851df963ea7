"""Which URLs may become links, and how they are spelt then: a terminal or a browser gets nothing that acts on it."""

import re
from unicodedata import normalize
from urllib.parse import quote, unquote

LIMIT = 2000
"""Characters of a link: terminals drop longer ones, VTE those over 2083."""

_KEPT = "!#$&'()*+,/:;=?@[]"
"""What stands in a link as it is, besides letters, digits and `-._~`.

Double quotes, backslashes and braces do not: an address has none, and on macOS it goes to the browser in a script.
"""

_CHARACTERS = rf"[A-Za-z0-9\-._~{re.escape(_KEPT)}]"

_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]+\]")

_LINK = re.compile(
    rf"https?://(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|{_IPV6.pattern})(?::[0-9]{{1,5}})?"
    rf"(?:[/?#]{_CHARACTERS}*(?:%[0-9A-Fa-f]{{2}}{_CHARACTERS}*)*)?"
)
"""A URL that is a link as it stands."""

# ASCII only: without that, ſ (U+017F) is an s in another case.
_PARTS = re.compile(r"(https?)://([^/?#]*?)((?::[0-9]{1,5})?)((?:[/?#].*)?)", re.ASCII | re.IGNORECASE | re.DOTALL)

_NAME = re.compile(r"[^\x00-/:-@\[-^`{-\x7f][^\x00-,/:-@\[-^`{-\x7f]*")
"""A host's name, in any script; so neither a user (`@`) nor what a browser takes for the beginning of a path (`\\`)."""

_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def link_of(url: str) -> str | None:
    """Return the URL as a link, all of it printable ASCII without spaces; None where it must not become one.

    A link is http or https, with a host, and without a user: that shows one host and leads to another, or gives a
    password away. What a link cannot hold is percent-encoded (as UTF-8), so that it leads to where the URL does;
    what is percent-encoded already stays. Half a character (a lone surrogate) has no UTF-8: such a URL leads nowhere.
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
        name = unquote(host, errors="strict")  # browsers do so too, before they look at it
        if not _IPV6.fullmatch(host) and not _is_name(name):
            return None
        path = quote(_STRAY_PERCENT.sub("%25", rest), safe=f"%{_KEPT}")
    except UnicodeError:
        return None
    link = f"{scheme.lower()}://{quote(name, safe=':[]')}{port}{path}"
    return link if len(link) <= LIMIT else None


def _is_name(host: str) -> bool:
    """Return whether this can be a host's name, also after browsers have made one `@` of that of full width."""
    return host.isprintable() and all(_NAME.fullmatch(form) for form in (host, normalize("NFKC", host)))
