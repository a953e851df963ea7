"""Reads what caches say in the headers of an answer: hit or miss at the edge and its parent, age, validators."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from ucdn_tui.edge.models import Answer, CacheState, Tiers

_WORD: Final = {
    "hit": CacheState.HIT,
    "memhit": CacheState.HIT,
    "mem_hit": CacheState.HIT,
    "remote_hit": CacheState.HIT,
    "miss": CacheState.MISS,
    "remote_miss": CacheState.MISS,
    "swapfail_miss": CacheState.MISS,
    "expired": CacheState.EXPIRED,
    "refresh_miss": CacheState.EXPIRED,
    "refreshmiss": CacheState.EXPIRED,
    "revalidated": CacheState.REVALIDATED,
    "refresh_hit": CacheState.REVALIDATED,
    "refreshhit": CacheState.REVALIDATED,
    "ims_hit": CacheState.HIT,
    "ims_miss": CacheState.MISS,
    "stale": CacheState.STALE,
    "updating": CacheState.STALE,
    "hitstale": CacheState.STALE,
    "bypass": CacheState.BYPASS,
    "dynamic": CacheState.BYPASS,
    "pass": CacheState.BYPASS,
    "private_nostore": CacheState.BYPASS,
    "config_nocache": CacheState.BYPASS,
    "none": CacheState.BYPASS,
    "uncacheable": CacheState.BYPASS,
}
"""The words of `X-Via-Ucdn` and of other suppliers, in lower case and without `tcp_`."""

_FORWARDED: Final = {
    "miss": CacheState.MISS,
    "uri-miss": CacheState.MISS,
    "vary-miss": CacheState.MISS,
    "stale": CacheState.EXPIRED,
    "bypass": CacheState.BYPASS,
    "method": CacheState.BYPASS,
    "request": CacheState.BYPASS,
    "partial": CacheState.MISS,
}
"""Values of RFC 9211's `fwd`."""

_MEMBER = re.compile(r"""((?:"(?:\\.|[^"\\])*"|[^,"])*)(?:,|$)""")
"""A member of a list of RFC 9211; commas in quotes do not end it."""

_COPIES = (CacheState.HIT, CacheState.STALE, CacheState.REVALIDATED)

_LONGEST_AGE = 10 * 366 * 86_400
"""Seconds. A larger Age is no age."""


def read_tiers(answer: Answer) -> Tiers:
    """Return what the edge and its parent say, by the first header that is understood."""
    for name, read in _HEADERS:
        value = answer.header(name)
        if value and (states := read(value)):
            parent_name = _parent_name(value) if name == "x-via-ucdn" else ""
            return Tiers(states[0], _parent(states[1:]), name, value, parent_name)
    return Tiers()


def read_age(answer: Answer) -> int | None:
    """Return Age in seconds; None if it is missing or no such number, or if several differ, as of several tiers."""
    value, *others = (each.strip() for each in answer.header("age").split(","))
    if any(each != value for each in others):
        return None
    if not value.isascii() or not value.isdecimal() or len(value) > 10:
        return None
    age = int(value)
    return age if age <= _LONGEST_AGE else None


def read_length(answer: Answer) -> int | None:
    """Return Content-Length in bytes, as sent and so perhaps compressed; None if it is missing or invalid."""
    value = answer.header("content-length").partition(",")[0].strip()
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 18 else None


def weak(etag: str) -> str:
    """Return an ETag for comparison: without the mark of a weak one, which compression adds."""
    return etag.strip().removeprefix("W/")


def _ucdn(value: str) -> list[CacheState | None]:
    """`HIT by 192.0.2.1, MISS by 192.0.2.2`: the first member is the edge, the second its parent."""
    return _known([_state(member.partition(" by ")[0]) for member in _members(value)])


def _parent(above: list[CacheState | None]) -> CacheState | None:
    """Return what the caches above the edge say together: that one of them has a copy, else what the nearest says."""
    nearest = above[0] if above and None not in above else None
    return next((state for state in above if state in _COPIES), nearest)


def _parent_name(value: str) -> str:
    """Return the parent's name; "" if there are more tiers, of which any may be meant."""
    members = _members(value)
    return members[1].partition(" by ")[2].strip() if len(members) == 2 else ""


def _rfc_9211(value: str) -> list[CacheState | None]:
    """`parent; fwd=miss, edge; hit`: the last member is nearest to the user."""
    return _known([_cache_status(member) for member in reversed(_filled(_MEMBER.findall(value)))])


def _cache_status(member: str) -> CacheState | None:
    state = None
    for parameter in (part.strip() for part in member.split(";")[1:]):
        key, _equals, text = parameter.lower().partition("=")
        if key == "hit" and text in ("", "?1"):
            return CacheState.HIT
        if key == "fwd":
            state = _FORWARDED.get(text.strip('"'))
        elif key == "fwd-status" and text == "304" and state is CacheState.EXPIRED:
            state = CacheState.REVALIDATED
        elif key == "detail" and state is None:
            state = _state(text.strip('"'))
    return state


def _one_word(value: str) -> list[CacheState | None]:
    """A single word, of one tier."""
    return _known([_state(value)])


def _x_cache(value: str) -> list[CacheState | None]:
    """`Hit from cloudfront`, `HIT TCP_MEM_HIT dirn:…`, `MISS, HIT`: each cache adds a member, the edge the last."""
    return _known([_state(member) for member in _members(value)[-1:]])


def _lookup(value: str) -> list[CacheState | None]:
    """`Cache Miss`, `Hit From MemCache`, `Hit From Upstream`. A hit further up is one at the parent."""
    words = value.lower()
    if "upstream" in words and "hit" in words:
        return [CacheState.MISS, CacheState.HIT]
    return _known([_state(words.replace("cache ", ""))])


def _huawei(value: str) -> list[CacheState | None]:
    return _known([{"1": CacheState.HIT, "0": CacheState.MISS}.get(value.strip())])


_HEADERS: Final[tuple[tuple[str, Callable[[str], list[CacheState | None]]], ...]] = (
    ("x-via-ucdn", _ucdn),
    ("cache-status", _rfc_9211),
    ("x-cache-status", _one_word),
    ("cf-cache-status", _one_word),
    ("eo-cache-status", _one_word),
    ("akamai-cache-status", _one_word),
    ("x-cache", _x_cache),
    ("x-cache-lookup", _lookup),
    ("x-hcs-proxy-type", _huawei),
)
"""The vendor's own header first, then the standard, then those of other suppliers: not every node is the vendor's."""


def _state(text: str) -> CacheState | None:
    """Return the state that a text begins with, or that its second word names (`HIT TCP_MEM_HIT`); None for none."""
    for word in text.lower().replace("refresh hit", "refreshhit").split()[:2]:
        if (state := _WORD.get(word.strip(";").removeprefix("tcp_"))) is not None:
            return state
    return None


def _members(value: str) -> list[str]:
    return _filled(value.split(","))


def _filled(members: Iterable[str]) -> list[str]:
    return [stripped for member in members if (stripped := member.strip())]


def _known(states: list[CacheState | None]) -> list[CacheState | None]:
    """Return the states; none if that of the edge is not understood."""
    return states if states and states[0] is not None else []
