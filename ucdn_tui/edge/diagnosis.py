"""Why a refreshed URL may still be old: known causes, each with the evidence for or against it. Pure."""

import re
from collections.abc import Mapping, Sequence
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from ucdn_tui.api.domains import DomainConfig
from ucdn_tui.api.models import TaskKind
from ucdn_tui.clock import parse_date
from ucdn_tui.edge.cache_headers import read_tiers
from ucdn_tui.edge.models import CacheState, Check, Claim, Doubt, Probe, Purge, Resolution, Subject
from ucdn_tui.edge.verdict import matches_origin
from ucdn_tui.text import sanitize

_SLOW: Final = 600.0
"""Seconds after a task's end from which an old copy is a case for the vendor's support."""

_SUFFIXES: Final = (".ucloud.com.cn", ".ucloud.cn", ".cdndo.com", ".ugslb.net")
"""Ends of the names that CNAME records of the vendor's CDN lead to."""

_SIGNATURE: Final = frozenset({"auth_key", "sign", "signature", "token", "expires", "txsecret", "txtime"})
"""Names of query parameters that sign a URL for a time."""

_VENDORS_SIGNATURE: Final = frozenset({"k", "t"})
"""The vendor's own, which come together: `t` alone is often a version."""

_NOT_KEPT = re.compile(r"\b(no-store|no-cache|private)\b", re.IGNORECASE)
_ENCODED = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]")
_SUCCESSFUL = (200, 203, 204)


class Cause(StrEnum):
    """Why what visitors get may be old although the task succeeded. The texts are in `words.py`."""

    EDGE_LATE = "edge-late"
    """This edge has not carried the refresh out, or not yet."""

    QUERY_IGNORED = "query-ignored"
    """The cache key lacks the query, so the URL with it names no copy."""

    SIGNED_URL = "signed-url"
    """The URL was submitted with its signature, which the cache key lacks."""

    SHARED_CACHE = "shared-cache"
    """The domain uses another one's cache, where directories have to be refreshed."""

    ENCODED = "encoded"
    """The URL was submitted percent-encoded, which the CDN does not decode."""

    UNCHANGED_DIRECTORY = "unchanged-directory"
    """A directory refresh keeps files whose validators at the origin are the same."""

    NOT_CACHED = "not-cached"
    """The edge keeps no copy: what visitors get comes from the origin."""

    ORIGIN_OLD = "origin-old"
    """The origin itself serves what the edge serves: if that is old, the refresh cannot help."""

    TOO_EARLY = "too-early"
    """The origin's file changed after the refresh: the old one was fetched again."""

    FORBIDDEN = "forbidden"
    """The edge refuses this program, by Referer, address or signature: it may serve visitors something else."""

    REDIRECT = "redirect"
    """The URL redirects; the target is another URL with a copy of its own."""

    NOT_AT_CDN = "not-at-cdn"
    """From here the name does not lead to the vendor's CDN."""

    DOMAIN_OFF = "domain-off"
    """The domain, or its https, is not enabled."""


class Standing(Enum):
    """What the evidence says of a cause. The likely ones are listed first."""

    LIKELY = 0
    UNKNOWN = 1
    UNLIKELY = 2


class Finding(NamedTuple):
    """A cause and its evidence."""

    cause: Cause
    standing: Standing
    evidence: str
    """Which evidence: a key of `words.evidence_words`."""

    values: Mapping[str, str] = MappingProxyType({})
    """What the evidence's sentence names, sanitized."""


class Evidence(NamedTuple):
    """All that a diagnosis knows; each may be unknown."""

    check: Check
    config: DomainConfig | None = None
    """None if it may not be read."""

    origin: Probe | None = None
    """The conditional request to the origin; None if it was not made."""

    resolution: Resolution | None = None
    earlier: Sequence[Check] = ()
    """Earlier checks of the same URL and address."""


def diagnose(evidence: Evidence) -> list[Finding]:
    """Return the findings on each cause that can concern the URL, the likely ones first."""
    purge = evidence.check.subject.purge
    is_refresh = purge is None or purge.kind is TaskKind.REFRESH
    found = [
        _edge_late(evidence.check),
        _query_ignored(evidence.check.subject, evidence.config),
        _encoded(evidence.check.subject.url),
        _not_cached(evidence),
        _origin_old(evidence),
        _too_early(evidence),
        _forbidden(evidence),
        _redirect(evidence.check),
        _not_at_cdn(evidence),
        _domain_off(evidence.check.subject.url, evidence.config),
    ]
    if is_refresh:
        found[2:2] = [_shared_cache(purge, evidence.config), _unchanged_directory(purge, evidence)]
    return sorted(found, key=lambda finding: finding.standing.value)


def _edge_late(check: Check) -> Finding:
    claim = check.verdict.claim
    purge = check.subject.purge
    if claim is Claim.OLD_COPY and purge is not None:
        is_slow = purge.finished is not None and check.probe.at - purge.finished > _SLOW
        return Finding(Cause.EDGE_LATE, Standing.LIKELY, "old-for-long" if is_slow else "old")
    if claim is Claim.NOT_PREFETCHED:
        return Finding(Cause.EDGE_LATE, Standing.LIKELY, "not-prefetched")
    if claim.is_good:
        return Finding(Cause.EDGE_LATE, Standing.UNLIKELY, "not-old")
    return Finding(Cause.EDGE_LATE, Standing.UNKNOWN, "no-verdict")


def _query_ignored(subject: Subject, config: DomainConfig | None) -> Finding:
    query = urlsplit(subject.url).query
    if not query:
        return Finding(Cause.QUERY_IGNORED, Standing.UNLIKELY, "no-query")
    names = {part.partition("=")[0].lower() for part in query.split("&")}
    signed = names & _SIGNATURE
    if names >= _VENDORS_SIGNATURE:
        signed |= _VENDORS_SIGNATURE
    if signed:
        return Finding(Cause.SIGNED_URL, Standing.LIKELY, "signed", {"names": sanitize(", ".join(sorted(signed)), 80)})
    if config is None:
        return Finding(Cause.QUERY_IGNORED, Standing.UNKNOWN, "no-config")
    if config.leaves_out_query:
        return Finding(Cause.QUERY_IGNORED, Standing.LIKELY, "ignores-query")
    if config.ignores_query is None:
        return Finding(Cause.QUERY_IGNORED, Standing.UNKNOWN, "no-key-rules")
    return Finding(Cause.QUERY_IGNORED, Standing.UNLIKELY, "keeps-query")


def _shared_cache(purge: Purge | None, config: DomainConfig | None) -> Finding:
    if config is None:
        return Finding(Cause.SHARED_CACHE, Standing.UNKNOWN, "no-config")
    if not config.cache_host or config.cache_host.lower() == config.domain.lower():
        return Finding(Cause.SHARED_CACHE, Standing.UNLIKELY, "own-cache")
    values = {"domain": sanitize(config.cache_host, 100)}
    if purge is not None and purge.type == "dir":
        return Finding(Cause.SHARED_CACHE, Standing.LIKELY, "shared-directory", values)
    return Finding(Cause.SHARED_CACHE, Standing.UNLIKELY, "shared-file", values)


def _encoded(url: str) -> Finding:
    if not _ENCODED.search(url):
        return Finding(Cause.ENCODED, Standing.UNLIKELY, "not-encoded")
    return Finding(Cause.ENCODED, Standing.LIKELY, "encoded")


def _unchanged_directory(purge: Purge | None, evidence: Evidence) -> Finding:
    cause = Cause.UNCHANGED_DIRECTORY
    if purge is None or purge.type != "dir":
        return Finding(cause, Standing.UNLIKELY if purge is not None else Standing.UNKNOWN, "no-directory")
    if evidence.check.verdict.claim is Claim.UNCHANGED or _is_origins(evidence):
        return Finding(cause, Standing.LIKELY, "validators-equal")
    if evidence.check.verdict.claim in (Claim.NO_COPY, Claim.NEW_COPY):
        return Finding(cause, Standing.UNLIKELY, "not-old")
    return Finding(cause, Standing.UNKNOWN, "compare-origin")


def _not_cached(evidence: Evidence) -> Finding:
    answer = evidence.check.probe.answer
    if answer is None or answer.status not in _SUCCESSFUL:
        return Finding(Cause.NOT_CACHED, Standing.UNKNOWN, "no-answer")
    control = answer.header("cache-control")
    tiers = read_tiers(answer)
    if tiers.edge in (CacheState.HIT, CacheState.REVALIDATED, CacheState.STALE):
        return Finding(Cause.NOT_CACHED, Standing.UNLIKELY, "hit")
    if _NOT_KEPT.search(control):
        values = {"header": sanitize(control, 80)}
        return Finding(Cause.NOT_CACHED, Standing.LIKELY, "cache-control", values)
    if tiers.edge is CacheState.BYPASS:
        return Finding(Cause.NOT_CACHED, Standing.LIKELY, "bypass")
    misses = [each for each in evidence.earlier if each.verdict.tiers.edge is CacheState.MISS]
    if misses and tiers.edge is CacheState.MISS:
        return Finding(Cause.NOT_CACHED, Standing.LIKELY, "misses", {"count": str(len(misses) + 1)})
    rules = evidence.config.cache_rules if evidence.config is not None else ()
    if keeping_none := [rule.pattern for rule in rules if rule.behavior is False]:  # whether one fits is not tried out
        return Finding(Cause.NOT_CACHED, Standing.UNKNOWN, "rule", {"pattern": sanitize(keeping_none[0], 60)})
    return Finding(Cause.NOT_CACHED, Standing.UNKNOWN, "check-again")


def _is_origins(evidence: Evidence) -> bool | None:
    """Return whether edge and origin have the same file; None if that is not known."""
    edge, origin = evidence.check.probe.answer, evidence.origin
    if edge is None or origin is None or origin.answer is None:
        return None
    return matches_origin(edge, origin.answer)


def _origin_old(evidence: Evidence) -> Finding:
    if evidence.origin is None:
        return Finding(Cause.ORIGIN_OLD, Standing.UNKNOWN, "compare-origin")
    match _is_origins(evidence):
        case True:
            return Finding(Cause.ORIGIN_OLD, Standing.LIKELY, "same-as-origin", _modified(evidence))
        case False:
            return Finding(Cause.ORIGIN_OLD, Standing.UNLIKELY, "differs")
    return Finding(Cause.ORIGIN_OLD, Standing.UNKNOWN, "origin-unknown")


def _too_early(evidence: Evidence) -> Finding:
    purge, origin = evidence.check.subject.purge, evidence.origin
    if purge is None or purge.created is None:
        return Finding(Cause.TOO_EARLY, Standing.UNKNOWN, "no-task")
    if origin is not None and origin.answer is not None and origin.answer.status in _SUCCESSFUL:
        modified = parse_date(origin.answer.header("last-modified"))
        if _is_origins(evidence) is False and modified is not None:
            is_later = modified > purge.created
            standing = Standing.LIKELY if is_later else Standing.UNLIKELY
            return Finding(Cause.TOO_EARLY, standing, "modified-later" if is_later else "modified-before")
        if _is_origins(evidence) is False and evidence.check.verdict.claim is Claim.NEW_COPY:
            return Finding(Cause.TOO_EARLY, Standing.LIKELY, "new-copy-differs")
    if _is_origins(evidence):
        return Finding(Cause.TOO_EARLY, Standing.UNLIKELY, "is-origins")
    return Finding(Cause.TOO_EARLY, Standing.UNKNOWN, "compare-origin" if origin is None else "origin-unknown")


def _modified(evidence: Evidence) -> Mapping[str, str]:
    answer = evidence.check.probe.answer
    value = answer.header("last-modified") if answer is not None else ""
    return {"modified": sanitize(value, 60) or "—"}


def _forbidden(evidence: Evidence) -> Finding:
    if evidence.check.verdict.doubt is not Doubt.FORBIDDEN:
        return Finding(Cause.FORBIDDEN, Standing.UNLIKELY, "allowed")
    config = evidence.config
    if config is None:
        return Finding(Cause.FORBIDDEN, Standing.LIKELY, "refused")
    refers = any(rule.is_blacklist is False or rule.allows_none is False for rule in config.refer_rules)
    return Finding(Cause.FORBIDDEN, Standing.LIKELY, "refer-rule" if refers else "refused")


def _redirect(check: Check) -> Finding:
    if check.verdict.doubt is not Doubt.REDIRECT or check.probe.answer is None:
        return Finding(Cause.REDIRECT, Standing.UNLIKELY, "no-redirect")
    target = check.probe.answer.header("location")
    return Finding(Cause.REDIRECT, Standing.LIKELY, "redirect", {"target": sanitize(target, 200) or "—"})


def _not_at_cdn(evidence: Evidence) -> Finding:
    resolution, answer = evidence.resolution, evidence.check.probe.answer
    if answer is not None and answer.header("x-via-ucdn"):
        return Finding(Cause.NOT_AT_CDN, Standing.UNLIKELY, "vendor-header")
    name = resolution.canonical if resolution is not None else ""
    cname = evidence.config.cname.lower().rstrip(".") if evidence.config is not None else ""
    if name and (name.endswith(_SUFFIXES) or name == cname):
        return Finding(Cause.NOT_AT_CDN, Standing.UNLIKELY, "vendor-name", {"name": sanitize(name, 100)})
    if not evidence.check.probe.address:
        return Finding(Cause.NOT_AT_CDN, Standing.LIKELY, "no-address")
    if name and name != (urlsplit(evidence.check.subject.url).hostname or "").lower():
        return Finding(Cause.NOT_AT_CDN, Standing.LIKELY, "other-name", {"name": sanitize(name, 100)})
    return Finding(Cause.NOT_AT_CDN, Standing.UNKNOWN, "no-name")


def _domain_off(url: str, config: DomainConfig | None) -> Finding:
    if config is None:
        return Finding(Cause.DOMAIN_OFF, Standing.UNKNOWN, "no-config")
    if config.status and config.status != "enable":
        values = {"status": sanitize(config.status, 40)}
        return Finding(Cause.DOMAIN_OFF, Standing.LIKELY, "domain-status", values)
    https = [status for status in (config.https_cn, config.https_abroad) if status]
    if url.lower().startswith("https:") and https and "enable" not in https:
        return Finding(Cause.DOMAIN_OFF, Standing.LIKELY, "https-status", {"status": sanitize(https[0], 40)})
    return Finding(Cause.DOMAIN_OFF, Standing.UNLIKELY, "enabled")
