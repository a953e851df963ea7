"""Why a refreshed URL is still old: for each cause, evidence for it, against it, and none."""

import pytest

from ucdn_tui.api.domains import CacheRule, DomainConfig, ReferRule
from ucdn_tui.api.models import TaskKind
from ucdn_tui.edge.diagnosis import Cause, Evidence, Standing, diagnose
from ucdn_tui.edge.models import Answer, Check, Failure, Obstacle, Probe, Purge, Resolution, Subject
from ucdn_tui.edge.verdict import judge
from ucdn_tui.edge.words import cause_words, evidence_words

LIKELY, UNKNOWN, UNLIKELY = Standing.LIKELY, Standing.UNKNOWN, Standing.UNLIKELY
NOW = 1_760_000_000.0  # 09 Oct 2025 08:53:20 GMT
URL = "http://img.example.com/a.jpg"
FILE = Purge(TaskKind.REFRESH, "file", NOW - 300, NOW - 200)
DIRECTORY = FILE._replace(type="dir")
PREFETCH = Purge(TaskKind.PREFETCH, "", NOW - 300, NOW - 200)
CONFIG = DomainConfig(domain="img.example.com", status="enable", cdn_type="web", ignores_query=False)
OLD = {"x-via-ucdn": "HIT by 192.0.2.1", "age": "400"}
MISS = {"x-via-ucdn": "MISS by 192.0.2.1, MISS by 192.0.2.2"}
BEFORE, AFTER = "Thu, 09 Oct 2025 08:00:00 GMT", "Thu, 09 Oct 2025 08:52:00 GMT"


def check(headers: dict[str, str], *, url: str = URL, purge: Purge | None = FILE, status: int = 200) -> Check:
    subject = Subject(url, purge)
    probe = Probe(url, "192.0.2.1", NOW, Answer(status, tuple(headers.items())))
    return Check(subject, probe, judge(subject, probe))


def origin(headers: dict[str, str], status: int = 200) -> Probe:
    return Probe(URL, "192.0.2.9", NOW, Answer(status, tuple(headers.items())))


def standing(cause: Cause, evidence: Evidence) -> tuple[Standing, str] | None:
    """Return what the diagnosis says of a cause; None if it does not name it."""
    found = [finding for finding in diagnose(evidence) if finding.cause is cause]
    for finding in found:
        assert evidence_words(finding)
        assert cause_words(finding.cause)
    return (found[0].standing, found[0].evidence) if found else None


def config(**changes) -> DomainConfig:
    return DomainConfig(**{"domain": "img.example.com", "status": "enable", "cdn_type": "web", **changes})


LONG_AGO = FILE._replace(created=NOW - 2000, finished=NOW - 900)
ETAG = {"etag": '"1"'}

CASES = [
    (Cause.EDGE_LATE, Evidence(check(OLD)), (LIKELY, "old")),
    (Cause.EDGE_LATE, Evidence(check({**OLD, "age": "3000"}, purge=LONG_AGO)), (LIKELY, "old-for-long")),
    (Cause.EDGE_LATE, Evidence(check(MISS, purge=PREFETCH)), (LIKELY, "not-prefetched")),
    (Cause.EDGE_LATE, Evidence(check(MISS)), (UNLIKELY, "not-old")),
    (Cause.EDGE_LATE, Evidence(check({})), (UNKNOWN, "no-verdict")),
    (Cause.QUERY_IGNORED, Evidence(check(OLD)), (UNLIKELY, "no-query")),
    (Cause.QUERY_IGNORED, Evidence(check(OLD, url=f"{URL}?v=1")), (UNKNOWN, "no-config")),
    (Cause.QUERY_IGNORED, Evidence(check(OLD, url=f"{URL}?v=1"), CONFIG), (UNLIKELY, "keeps-query")),
    (Cause.QUERY_IGNORED, Evidence(check(OLD, url=f"{URL}?v=1"), config()), (UNKNOWN, "no-key-rules")),
    (
        Cause.QUERY_IGNORED,
        Evidence(check(OLD, url=f"{URL}?v=1"), config(ignores_query=True)),
        (LIKELY, "ignores-query"),
    ),
    (
        Cause.QUERY_IGNORED,
        Evidence(check(OLD, url=f"{URL}?v=1"), config(cdn_type="download")),
        (LIKELY, "ignores-query"),
    ),
    (Cause.SIGNED_URL, Evidence(check(OLD, url=f"{URL}?k=abc&t=1"), CONFIG), (LIKELY, "signed")),
    (Cause.SIGNED_URL, Evidence(check(OLD, url=f"{URL}?Auth_Key=abc"), CONFIG), (LIKELY, "signed")),
    (Cause.SIGNED_URL, Evidence(check(OLD, url=f"{URL}?v=1"), CONFIG), None),
    (Cause.SIGNED_URL, Evidence(check(OLD, url=f"{URL}?t=1"), CONFIG), None),
    (
        Cause.QUERY_IGNORED,
        Evidence(check(OLD, url=f"{URL}?t=1"), config(ignores_query=True)),
        (LIKELY, "ignores-query"),
    ),
    (Cause.SHARED_CACHE, Evidence(check(OLD)), (UNKNOWN, "no-config")),
    (Cause.SHARED_CACHE, Evidence(check(OLD), CONFIG), (UNLIKELY, "own-cache")),
    (Cause.SHARED_CACHE, Evidence(check(OLD), config(cache_host="IMG.example.com")), (UNLIKELY, "own-cache")),
    (Cause.SHARED_CACHE, Evidence(check(OLD), config(cache_host="b.example.com")), (UNLIKELY, "shared-file")),
    (
        Cause.SHARED_CACHE,
        Evidence(check(OLD, purge=DIRECTORY), config(cache_host="b.example.com")),
        (LIKELY, "shared-directory"),
    ),
    (Cause.SHARED_CACHE, Evidence(check(MISS, purge=PREFETCH), CONFIG), None),
    (Cause.ENCODED, Evidence(check(OLD)), (UNLIKELY, "not-encoded")),
    (Cause.ENCODED, Evidence(check(OLD, url="http://img.example.com/%20%7e")), (UNLIKELY, "not-encoded")),
    (Cause.ENCODED, Evidence(check(OLD, url="http://img.example.com/%E4%B8%AD")), (LIKELY, "encoded")),
    (Cause.UNCHANGED_DIRECTORY, Evidence(check(OLD)), (UNLIKELY, "no-directory")),
    (Cause.UNCHANGED_DIRECTORY, Evidence(check(OLD, purge=DIRECTORY)), (UNKNOWN, "compare-origin")),
    (Cause.UNCHANGED_DIRECTORY, Evidence(check(MISS, purge=DIRECTORY)), (UNLIKELY, "not-old")),
    (
        Cause.UNCHANGED_DIRECTORY,
        Evidence(check({**OLD, **ETAG}, purge=DIRECTORY), origin=origin({}, 304)),
        (LIKELY, "validators-equal"),
    ),
    (Cause.NOT_CACHED, Evidence(check(OLD)), (UNLIKELY, "hit")),
    (Cause.NOT_CACHED, Evidence(check({**MISS, "cache-control": "Private, max-age=0"})), (LIKELY, "cache-control")),
    (Cause.NOT_CACHED, Evidence(check({"cf-cache-status": "BYPASS"})), (LIKELY, "bypass")),
    (Cause.NOT_CACHED, Evidence(check(MISS)), (UNKNOWN, "check-again")),
    (Cause.NOT_CACHED, Evidence(check(MISS), earlier=[check(MISS)]), (LIKELY, "misses")),
    (Cause.NOT_CACHED, Evidence(check(MISS), earlier=[check(OLD)]), (UNKNOWN, "check-again")),
    (Cause.NOT_CACHED, Evidence(check(MISS, status=403)), (UNKNOWN, "no-answer")),
    (
        Cause.NOT_CACHED,
        Evidence(check(MISS), config(cache_rules=(CacheRule("a", 60, True), CacheRule(r"\.php$", None, False)))),
        (UNKNOWN, "rule"),
    ),
    (Cause.ORIGIN_OLD, Evidence(check(OLD)), (UNKNOWN, "compare-origin")),
    (Cause.ORIGIN_OLD, Evidence(check(OLD), origin=origin({}, 304)), (LIKELY, "same-as-origin")),
    (Cause.ORIGIN_OLD, Evidence(check({**OLD, **ETAG}), origin=origin({"etag": '"2"'})), (UNLIKELY, "differs")),
    (Cause.ORIGIN_OLD, Evidence(check(OLD), origin=origin({}, 502)), (UNKNOWN, "origin-unknown")),
    (Cause.TOO_EARLY, Evidence(check(OLD)), (UNKNOWN, "compare-origin")),
    (Cause.TOO_EARLY, Evidence(check(OLD, purge=None)), (UNKNOWN, "no-task")),
    (
        Cause.TOO_EARLY,
        Evidence(check({**OLD, **ETAG}), origin=origin({"etag": '"2"', "last-modified": AFTER})),
        (LIKELY, "modified-later"),
    ),
    (
        Cause.TOO_EARLY,
        Evidence(check({**OLD, **ETAG}), origin=origin({"etag": '"2"', "last-modified": BEFORE})),
        (UNLIKELY, "modified-before"),
    ),
    (
        Cause.TOO_EARLY,
        Evidence(check({**OLD, **ETAG, "age": "100"}), origin=origin({"etag": '"2"'})),
        (LIKELY, "new-copy-differs"),
    ),
    (Cause.TOO_EARLY, Evidence(check(OLD), origin=origin({}, 304)), (UNLIKELY, "is-origins")),
    (Cause.FORBIDDEN, Evidence(check(OLD)), (UNLIKELY, "allowed")),
    (Cause.FORBIDDEN, Evidence(check({}, status=403)), (LIKELY, "refused")),
    (Cause.FORBIDDEN, Evidence(check({}, status=403), CONFIG), (LIKELY, "refused")),
    (
        Cause.FORBIDDEN,
        Evidence(check({}, status=403), config(refer_rules=(ReferRule(is_blacklist=False),))),
        (LIKELY, "refer-rule"),
    ),
    (Cause.REDIRECT, Evidence(check(OLD)), (UNLIKELY, "no-redirect")),
    (Cause.REDIRECT, Evidence(check({"location": "/b"}, status=302)), (LIKELY, "redirect")),
    (Cause.NOT_AT_CDN, Evidence(check(OLD)), (UNLIKELY, "vendor-header")),
    (
        Cause.NOT_AT_CDN,
        Evidence(check({}), resolution=Resolution(("192.0.2.1",), 1, "img.example.com.ucloud.com.cn")),
        (UNLIKELY, "vendor-name"),
    ),
    (
        Cause.NOT_AT_CDN,
        Evidence(check({}), config(cname="a.other.net"), resolution=Resolution((), 1, "a.other.net")),
        (UNLIKELY, "vendor-name"),
    ),
    (
        Cause.NOT_AT_CDN,
        Evidence(check({}), resolution=Resolution(("192.0.2.1",), 1, "a.other.net")),
        (LIKELY, "other-name"),
    ),
    (
        Cause.NOT_AT_CDN,
        Evidence(check({}), resolution=Resolution(("192.0.2.1",), 1, "img.example.com")),
        (UNKNOWN, "no-name"),
    ),
    (Cause.NOT_AT_CDN, Evidence(check({})), (UNKNOWN, "no-name")),
    (Cause.DOMAIN_OFF, Evidence(check(OLD)), (UNKNOWN, "no-config")),
    (Cause.DOMAIN_OFF, Evidence(check(OLD), CONFIG), (UNLIKELY, "enabled")),
    (Cause.DOMAIN_OFF, Evidence(check(OLD), config(status="disable")), (LIKELY, "domain-status")),
    (Cause.DOMAIN_OFF, Evidence(check(OLD), config(https_cn="fail")), (UNLIKELY, "enabled")),
    (
        Cause.DOMAIN_OFF,
        Evidence(check(OLD, url="https://img.example.com/a"), config(https_cn="fail", https_abroad="disable")),
        (LIKELY, "https-status"),
    ),
    (
        Cause.DOMAIN_OFF,
        Evidence(check(OLD, url="https://img.example.com/a"), config(https_cn="enable", https_abroad="disable")),
        (UNLIKELY, "enabled"),
    ),
]


@pytest.mark.parametrize(("cause", "evidence", "expected"), CASES)
def test_a_cause_stands_as_its_evidence_says(cause, evidence, expected):
    assert standing(cause, evidence) == expected


def test_every_cause_is_found_likely_by_some_evidence():
    likely = {cause for cause, _evidence, expected in CASES if expected is not None and expected[0] is LIKELY}

    assert likely == set(Cause)


def test_likely_causes_come_first():
    found = diagnose(Evidence(check(OLD, url=f"{URL}?v=1"), config(ignores_query=True)))
    standings = [finding.standing.value for finding in found]

    assert standings == sorted(standings)
    assert found[0].standing is LIKELY


def test_a_name_without_an_address_leads_nowhere():
    subject = Subject(URL, FILE)
    probe = Probe(URL, "", NOW, failure=Failure(Obstacle.NO_ADDRESS))
    evidence = Evidence(Check(subject, probe, judge(subject, probe)))

    assert standing(Cause.NOT_AT_CDN, evidence) == (LIKELY, "no-address")


@pytest.mark.parametrize("text", ["\x1b[2J", "\u202e", "[/b]{x}{0}"])
def test_hostile_values_are_sanitized(text):
    evidence = Evidence(check({"location": text}, status=302), config(cache_host=text, status=text))

    for finding in diagnose(evidence):
        assert evidence_words(finding).isprintable()
