"""What may be concluded from one address's answer about a purge. Pure; it claims no more than an answer proves."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from ucdn_tui.api.models import TaskKind
from ucdn_tui.edge.cache_headers import read_age, read_length, read_tiers, weak
from ucdn_tui.edge.models import Answer, CacheState, Check, Claim, Doubt, Probe, Purge, Subject, Verdict

_UNCERTAINTY: Final = 3.0
"""Seconds: Age, Date and CreateTime are whole seconds, each cut."""

_HAD_COPY = (CacheState.HIT, CacheState.STALE, CacheState.REVALIDATED)
_HAD_NONE = (CacheState.MISS, CacheState.EXPIRED)
_PARENT_HAD_NONE = (*_HAD_NONE, CacheState.BYPASS)


def judge(subject: Subject, probe: Probe, origin: Probe | None = None) -> Verdict:
    """Return what the probe tells of the subject's purge. `origin`: the conditional request to the origin, if made."""
    answer = probe.answer
    if answer is None:
        return Verdict(Claim.NOT_CHECKED)
    tiers, age = read_tiers(answer), read_age(answer)
    claim, doubt = _claim(subject, probe, answer, origin)
    return Verdict(
        claim,
        doubt,
        tiers,
        age,
        None if age is None else probe.at - age,
        answer.header("etag"),
        answer.header("last-modified"),
        read_length(answer),
    )


def settle(checks: Sequence[Check]) -> list[Check]:
    """Return the checks of one round, with what they tell of each other.

    Edges share parents, and a check fills an empty one. The next edge below it misses, too, and gets the new copy from
    the parent, without an age that tells so: its parent's miss is in the other check.
    """
    filled = {_parent(check) for check in checks if check.verdict.claim is Claim.NO_COPY}
    return [
        replace(check, verdict=replace(check.verdict, claim=Claim.NO_COPY, doubt=None))
        if check.verdict.doubt is Doubt.NO_AGE and _got_from_parent(check) and _parent(check) in filled
        else check
        for check in checks
    ]


def without_own(check: Check, began: float) -> Check:
    """Return the check without the claim that a prefetch worked, if a check since `began` may have fetched the file.

    A miss fills the edge and its parent, and so what the next check finds there, or one by another edge.
    """
    verdict = check.verdict
    if verdict.claim is not Claim.PREFETCHED or verdict.fetched is None or verdict.fetched < began - _UNCERTAINTY:
        return check
    return replace(check, verdict=replace(verdict, claim=Claim.CANNOT_TELL, doubt=Doubt.OWN_CHECK))


def _parent(check: Check) -> tuple[str, str]:
    return check.subject.url, check.verdict.tiers.parent_name


def _got_from_parent(check: Check) -> bool:
    tiers = check.verdict.tiers
    return bool(tiers.parent_name) and tiers.edge in _HAD_NONE and tiers.parent in _HAD_COPY


def matches_origin(edge: Answer, origin: Answer) -> bool | None:
    """Return whether the edge's copy has the origin's validators; None if nothing can be compared."""
    if origin.status == 304:  # some servers send it for any time that is not before the file's
        modified = "" if edge.header("etag") else origin.header("last-modified")
        return not modified or modified == edge.header("last-modified")
    if origin.status != edge.status:
        return False if origin.status in (200, 404, 410) else None
    for name in ("etag", "last-modified"):
        ours, its = edge.header(name), origin.header(name)
        if ours and its:
            return weak(ours) == weak(its)
    return None


def _claim(subject: Subject, probe: Probe, answer: Answer, origin: Probe | None) -> tuple[Claim, Doubt | None]:
    purge = subject.purge
    if (doubt := _unusual(answer.status, purge)) is not None:
        return Claim.NOT_CHECKED, doubt
    tiers = read_tiers(answer)
    if tiers.edge is None:
        return Claim.CANNOT_TELL, Doubt.NO_CACHE_HEADER
    if tiers.edge is CacheState.BYPASS:
        return Claim.CANNOT_TELL, Doubt.BYPASS
    if purge is None:
        return (Claim.HELD if tiers.edge in _HAD_COPY else Claim.NOT_HELD), None
    if not purge.is_success:
        return Claim.CANNOT_TELL, Doubt.NOT_FINISHED if purge.is_success is None else Doubt.NOT_SUCCESSFUL
    if purge.kind is TaskKind.PREFETCH:
        return _of_prefetch(purge, probe, answer)
    return _of_refresh(purge, probe, answer, _equals(answer, origin))


def _unusual(status: int, purge: Purge | None) -> Doubt | None:
    """Return why an answer with this status is not the one that visitors get; None if it is."""
    if status in (200, 203, 204):
        return None
    if status in (404, 410):
        return Doubt.NOT_FOUND if purge is not None and purge.kind is TaskKind.PREFETCH else None
    if 300 <= status < 400 and status != 304:
        return Doubt.REDIRECT
    return {401: Doubt.FORBIDDEN, 403: Doubt.FORBIDDEN, 206: Doubt.PARTIAL}.get(status, Doubt.ERROR)


def _of_prefetch(purge: Purge, probe: Probe, answer: Answer) -> tuple[Claim, Doubt | None]:
    """A prefetch fills the parents, so a miss at the edge and a hit at its parent are what it looks like.

    Who refreshes a file and then prefetches it wants to know of the refresh, too: a copy may be there and be old.
    """
    if purge.refreshed is not None:
        refresh = purge._replace(kind=TaskKind.REFRESH, created=purge.refreshed)
        if (claim := _of_refresh(refresh, probe, answer, None)) == (Claim.OLD_COPY, None):
            return claim
    tiers = read_tiers(answer)
    if tiers.edge in _HAD_COPY or tiers.parent in _HAD_COPY:
        return Claim.PREFETCHED, None
    if tiers.parent not in _PARENT_HAD_NONE:
        return Claim.CANNOT_TELL, Doubt.NO_PARENT
    if CacheState.EXPIRED in (tiers.edge, tiers.parent):  # there was a file, perhaps an earlier one
        return Claim.CANNOT_TELL, Doubt.NO_AGE
    return (Claim.CANNOT_TELL, Doubt.FURTHER_UP) if read_age(answer) else (Claim.NOT_PREFETCHED, None)


def _of_refresh(purge: Purge, probe: Probe, answer: Answer, is_origins: bool | None) -> tuple[Claim, Doubt | None]:
    tiers, age = read_tiers(answer), read_age(answer)
    had_none = tiers.edge in _HAD_NONE and tiers.parent in _PARENT_HAD_NONE
    if had_none and not age:
        is_expired = CacheState.EXPIRED in (tiers.edge, tiers.parent)  # it had a copy, and fetched this one just now
        return (Claim.NEW_COPY if is_expired else Claim.NO_COPY), None
    # A copy: the edge's own, its parent's, or one of a cache further up.
    is_directory = purge.type == "dir"
    if is_directory and tiers.edge is CacheState.REVALIDATED:
        return Claim.UNCHANGED, None
    if purge.created is None:
        return _by_origin(is_origins, Doubt.NO_CREATE_TIME)
    is_parent_silent = tiers.edge is CacheState.MISS and tiers.parent is None
    if not age:
        return _by_origin(is_origins, Doubt.NO_PARENT if is_parent_silent else Doubt.NO_AGE)
    fetched = probe.at - age
    if fetched - probe.seconds - _UNCERTAINTY >= purge.created:
        return Claim.NEW_COPY, None
    if fetched + _UNCERTAINTY >= purge.created:
        return _by_origin(is_origins, Doubt.TOO_CLOSE)
    if tiers.edge not in _HAD_COPY and tiers.parent not in _HAD_COPY:  # only a hit is a copy that the refresh missed
        return _by_origin(is_origins, Doubt.FURTHER_UP if had_none else Doubt.NO_PARENT)
    if is_directory or CacheState.REVALIDATED in (tiers.edge, tiers.parent):
        return _by_origin(is_origins, Doubt.DIRECTORY)
    return Claim.OLD_COPY, None


def _by_origin(is_origins: bool | None, doubt: Doubt) -> tuple[Claim, Doubt | None]:
    """Return what the comparison with the origin says, where the age says nothing."""
    if is_origins is None:
        return Claim.CANNOT_TELL, doubt
    return (Claim.UNCHANGED if is_origins else Claim.DIFFERS), None


def _equals(edge: Answer, origin: Probe | None) -> bool | None:
    return None if origin is None or origin.answer is None else matches_origin(edge, origin.answer)
