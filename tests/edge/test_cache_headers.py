"""What caches say in their headers, in the words of many suppliers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.edge.cache_headers import read_age, read_length, read_tiers, weak
from ucdn_tui.edge.models import Answer, CacheState

HIT, MISS, EXPIRED = CacheState.HIT, CacheState.MISS, CacheState.EXPIRED
REVALIDATED, STALE, BYPASS = CacheState.REVALIDATED, CacheState.STALE, CacheState.BYPASS


def answer(*headers: tuple[str, str]) -> Answer:
    return Answer(200, headers)


@pytest.mark.parametrize(
    ("name", "value", "edge", "parent"),
    [
        ("x-via-ucdn", "HIT by 222.186.170.243, HIT by 219.83.188.30", HIT, HIT),
        ("x-via-ucdn", "MISS by 192.0.2.1, HIT by 192.0.2.2", MISS, HIT),
        ("x-via-ucdn", "miss by 192.0.2.1,miss by 192.0.2.2", MISS, MISS),
        ("x-via-ucdn", "HIT by 192.0.2.1", HIT, None),
        ("x-via-ucdn", 'HIT by "192.0.2.1, MISS by 192.0.2.2', HIT, MISS),
        ("x-via-ucdn", "MISS by 192.0.2.1, WHAT by 192.0.2.2", MISS, None),
        # RFC 9211: the last member is nearest to the user.
        ("cache-status", "Parent; fwd=uri-miss; stored, Edge; hit; ttl=545", HIT, MISS),
        ("cache-status", '"Parent, one"; hit, "Edge; two"; fwd=miss', MISS, HIT),
        ("cache-status", "Edge; hit=?0; fwd=miss", MISS, None),
        ("cache-status", "Edge; fwd=stale; fwd-status=304; collapsed", REVALIDATED, None),
        ("cache-status", "Edge; fwd=stale; fwd-status=200", EXPIRED, None),
        ("cache-status", "Edge; fwd=bypass", BYPASS, None),
        ("cache-status", "Edge; detail=HIT", HIT, None),
        ("x-cache-status", "UPDATING", STALE, None),
        ("cf-cache-status", "DYNAMIC", BYPASS, None),
        ("cf-cache-status", "EXPIRED", EXPIRED, None),
        ("eo-cache-status", "RefreshHit", REVALIDATED, None),
        ("akamai-cache-status", "HitStale", STALE, None),
        ("x-cache", "HIT TCP_MEM_HIT dirn:11:437", HIT, None),
        ("x-cache", "TCP_REFRESH_MISS from a1.example (AkamaiGHost)", EXPIRED, None),
        ("x-cache", "Hit from cloudfront", HIT, None),
        ("x-cache", "RefreshHit from cloudfront", REVALIDATED, None),
        ("x-cache", "Refresh Hit from cloudfront", REVALIDATED, None),
        ("x-cache", "MISS, HIT", HIT, None),
        ("x-cache", "HIT, MISS", MISS, None),
        ("x-cache", "PRIVATE_NOSTORE", BYPASS, None),
        ("x-cache-lookup", "Cache Miss", MISS, None),
        ("x-cache-lookup", "Cache Hit", HIT, None),
        ("x-cache-lookup", "Hit From MemCache", HIT, None),
        ("x-cache-lookup", "Hit From Upstream", MISS, HIT),
        ("x-hcs-proxy-type", "1", HIT, None),
        ("x-hcs-proxy-type", "0", MISS, None),
    ],
)
def test_a_header_tells_what_edge_and_parent_did(name, value, edge, parent):
    tiers = read_tiers(answer((name, value)))

    assert (tiers.edge, tiers.parent) == (edge, parent)
    assert (tiers.header, tiers.value) == (name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-cache", "Error from cloudfront"),
        ("x-via-ucdn", "by 192.0.2.1"),
        ("x-via-ucdn", "WHAT by 192.0.2.1, HIT by 192.0.2.2"),
        ("cache-status", "Edge"),
        ("cache-status", '"'),
        ("x-hcs-proxy-type", "2"),
        ("via", "1.1 varnish"),
        ("x-cache", ","),
    ],
)
def test_a_header_that_is_not_understood_tells_nothing(name, value):
    assert read_tiers(answer((name, value))).edge is None


def test_the_vendors_header_counts_before_others():
    tiers = read_tiers(answer(("x-cache", "HIT"), ("cache-status", "a; hit"), ("x-via-ucdn", "MISS by a")))

    assert tiers.edge is MISS
    assert tiers.header == "x-via-ucdn"


def test_a_header_that_is_not_understood_hides_no_other():
    assert read_tiers(answer(("x-via-ucdn", "?"), ("x-cache", "HIT"))).edge is HIT


def test_a_header_that_is_sent_twice_is_one_list():
    assert read_tiers(answer(("x-via-ucdn", "MISS by a"), ("x-via-ucdn", "HIT by b")))[:2] == (MISS, HIT)


@pytest.mark.parametrize(
    ("value", "age"),
    [
        *[("0", 0), ("4", 4), (" 86400 ", 86400), ("4, 4", 4), ("4, 7", None)],
        *[
            ("-1", None),
            ("1.5", None),
            ("x", None),
            ("", None),
            ("99999999999", None),
            ("٣", None),
            ("4294967296", None),
        ],
    ],
)
def test_an_age_is_a_number_of_seconds(value, age):
    assert read_age(answer(("age", value))) == age


def test_without_the_headers_age_and_length_are_unknown():
    assert read_age(answer()) is None
    assert read_length(answer()) is None


def test_a_length_is_a_number_of_bytes():
    assert read_length(answer(("content-length", "52428800"))) == 52_428_800
    assert read_length(answer(("content-length", "1e3"))) is None


def test_the_mark_of_a_weak_etag_does_not_count():
    assert weak('W/"a"') == weak('"a"')
    assert weak('"a"') != weak('"b"')


@given(
    st.lists(st.tuples(st.sampled_from(["x-via-ucdn", "cache-status", "x-cache", "x-cache-lookup", "age"]), st.text()))
)
def test_no_header_breaks_the_reading(headers):
    given_answer = answer(*headers)

    read_tiers(given_answer)
    read_age(given_answer)
    read_length(given_answer)
