"""What is claimed of an address: each row of the table of what an answer proves, and no more."""

import pytest

from ucdn_tui.api.models import TaskKind
from ucdn_tui.edge.models import Answer, Check, Claim, Doubt, Failure, Obstacle, Probe, Purge, Subject
from ucdn_tui.edge.verdict import judge, matches_origin, settle

NOW = 1_760_000_000.0
CREATED = NOW - 300
URL = "http://img.example.com/a.jpg"

FILE = Purge(TaskKind.REFRESH, "file", CREATED, NOW - 200)
DIRECTORY = FILE._replace(type="dir")
PREFETCH = Purge(TaskKind.PREFETCH, "", CREATED, NOW - 200)


def probe(*headers: tuple[str, str], status: int = 200, seconds: float = 0.0) -> Probe:
    return Probe(URL, "192.0.2.1", NOW, Answer(status, headers), seconds=seconds)


def via(edge: str, parent: str = "") -> tuple[str, str]:
    return "x-via-ucdn", f"{edge} by 192.0.2.1" + (f", {parent} by 192.0.2.2" if parent else "")


def claim(purge: Purge | None, *headers: tuple[str, str], status: int = 200, origin: Probe | None = None):
    verdict = judge(Subject(URL, purge), probe(*headers, status=status), origin)
    return verdict.claim if verdict.doubt is None else (verdict.claim, verdict.doubt)


def test_a_miss_at_both_tiers_after_the_end_is_no_copy():
    assert claim(FILE, via("MISS", "MISS")) is Claim.NO_COPY
    assert claim(FILE, via("MISS", "MISS"), ("age", "0")) is Claim.NO_COPY
    assert claim(DIRECTORY, via("MISS", "MISS")) is Claim.NO_COPY


def test_a_hit_younger_than_the_refresh_is_a_new_copy():
    assert claim(FILE, via("HIT", "MISS"), ("age", "100")) is Claim.NEW_COPY
    assert claim(DIRECTORY, via("HIT", "MISS"), ("age", "100")) is Claim.NEW_COPY


def test_a_hit_older_than_the_refresh_of_a_file_is_an_old_copy():
    assert claim(FILE, via("HIT", "HIT"), ("age", "400")) is Claim.OLD_COPY
    assert claim(FILE._replace(type="m3u8"), via("HIT"), ("age", "400")) is Claim.OLD_COPY
    assert claim(FILE, ("x-cache-status", "STALE"), ("age", "400")) is Claim.OLD_COPY


def test_an_old_copy_of_the_parent_is_an_old_copy():
    assert claim(FILE, via("MISS", "HIT"), ("age", "400")) is Claim.OLD_COPY
    assert claim(FILE, via("MISS", "HIT"), ("age", "100")) is Claim.NEW_COPY


@pytest.mark.parametrize("header", [via("MISS"), via("MISS", "ODD"), ("x-cache", "MISS")])
def test_a_miss_proves_nothing_of_a_refresh_without_the_parent(header):
    nothing = Claim.CANNOT_TELL, Doubt.NO_PARENT
    assert claim(FILE, header) == claim(FILE, header, ("age", "0")) == claim(FILE, header, ("age", "400")) == nothing
    assert claim(FILE, header, ("age", "100")) is Claim.NEW_COPY


def test_an_old_age_without_a_hit_is_no_old_copy_of_the_cdn():
    further_up = Claim.CANNOT_TELL, Doubt.FURTHER_UP
    assert claim(FILE, via("MISS", "MISS"), ("age", "400")) == further_up
    assert claim(PREFETCH, via("MISS", "MISS"), ("age", "400")) == further_up
    assert claim(FILE, via("MISS", "MISS"), ("age", "100")) is Claim.NEW_COPY


def test_a_hit_at_a_third_tier_is_a_copy():
    three = "x-via-ucdn", "MISS by 192.0.2.1, MISS by 192.0.2.2, HIT by 192.0.2.3"
    assert claim(FILE, three) == (Claim.CANNOT_TELL, Doubt.NO_AGE)
    assert claim(FILE, three, ("age", "400")) is Claim.OLD_COPY


def test_an_expired_copy_is_fetched_anew():
    assert claim(FILE, via("EXPIRED", "MISS")) is Claim.NEW_COPY
    assert claim(FILE, ("cf-cache-status", "EXPIRED")) == (Claim.CANNOT_TELL, Doubt.NO_AGE)


def test_an_expired_copy_proves_nothing_of_a_prefetch():
    assert claim(PREFETCH, via("MISS", "EXPIRED")) == (Claim.CANNOT_TELL, Doubt.NO_AGE)


def test_a_copy_that_the_parent_revalidated_is_not_old():
    headers = via("MISS", "REVALIDATED"), ("age", "400")
    assert claim(FILE, *headers) == (Claim.CANNOT_TELL, Doubt.DIRECTORY)


def test_a_304_for_the_time_alone_does_not_hide_an_earlier_file():
    edge, origin = Answer(200, (("last-modified", "b"),)), Answer(304, (("last-modified", "a"),))
    assert matches_origin(edge, origin) is False


@pytest.mark.parametrize("headers", [(via("HIT", "HIT"),), (via("HIT"), ("age", "0")), (via("HIT"), ("age", "x"))])
def test_a_hit_without_an_age_proves_nothing(headers):
    assert claim(FILE, *headers) == (Claim.CANNOT_TELL, Doubt.NO_AGE)


@pytest.mark.parametrize("age", [298, 300, 303])
def test_a_copy_of_about_the_time_of_the_refresh_proves_nothing(age):
    assert claim(FILE, via("HIT"), ("age", str(age))) == (Claim.CANNOT_TELL, Doubt.TOO_CLOSE)


def test_a_slow_answer_makes_the_time_of_the_copy_uncertain():
    headers = via("HIT"), ("age", "292")

    assert judge(Subject(URL, FILE), probe(*headers, seconds=0.1)).claim is Claim.NEW_COPY
    assert judge(Subject(URL, FILE), probe(*headers, seconds=9.0)).doubt is Doubt.TOO_CLOSE


def test_an_older_copy_after_the_refresh_of_a_directory_proves_nothing():
    assert claim(DIRECTORY, via("HIT", "HIT"), ("age", "400")) == (Claim.CANNOT_TELL, Doubt.DIRECTORY)


def test_a_revalidated_copy_after_the_refresh_of_a_directory_is_as_designed():
    assert claim(DIRECTORY, ("x-cache", "TCP_REFRESH_HIT")) is Claim.UNCHANGED


def test_equal_validators_after_the_refresh_of_a_directory_are_as_designed():
    origin = probe(status=304)

    assert claim(DIRECTORY, via("HIT"), ("age", "400"), ("etag", '"1"'), origin=origin) is Claim.UNCHANGED
    assert claim(FILE, via("HIT"), ("etag", '"1"'), origin=origin) is Claim.UNCHANGED


def test_other_validators_than_the_origins_differ():
    origin = probe(("etag", '"2"'))

    assert claim(DIRECTORY, via("HIT"), ("age", "400"), ("etag", '"1"'), origin=origin) is Claim.DIFFERS
    assert claim(FILE, via("HIT"), ("etag", '"1"'), origin=origin) is Claim.DIFFERS


def test_an_old_copy_stays_old_whatever_the_origin_says():
    assert claim(FILE, via("HIT"), ("age", "400"), ("etag", '"1"'), origin=probe(status=304)) is Claim.OLD_COPY


def test_a_prefetched_file_is_at_the_edge_or_its_parent():
    assert claim(PREFETCH, via("MISS", "HIT")) is Claim.PREFETCHED
    assert claim(PREFETCH, via("HIT", "MISS"), ("age", "400")) is Claim.PREFETCHED
    assert claim(PREFETCH, via("HIT")) is Claim.PREFETCHED


def test_a_miss_at_both_tiers_after_a_prefetch_is_not_there():
    assert claim(PREFETCH, via("MISS", "MISS")) is Claim.NOT_PREFETCHED


def test_a_miss_after_a_prefetch_proves_nothing_without_the_parent():
    assert claim(PREFETCH, via("MISS")) == (Claim.CANNOT_TELL, Doubt.NO_PARENT)


@pytest.mark.parametrize("purge", [FILE, DIRECTORY, PREFETCH, None])
def test_without_a_cache_header_nothing_tells_of_a_cache(purge):
    assert claim(purge, ("age", "400"), ("etag", '"1"')) == (Claim.CANNOT_TELL, Doubt.NO_CACHE_HEADER)


@pytest.mark.parametrize("purge", [FILE, DIRECTORY, PREFETCH])
@pytest.mark.parametrize("headers", [(via("MISS", "MISS"),), (via("HIT", "HIT"), ("age", "400"))])
def test_nothing_follows_before_the_task_has_succeeded(purge, headers):
    running, failed = purge._replace(is_success=None), purge._replace(is_success=False)

    assert claim(running, *headers) == (Claim.CANNOT_TELL, Doubt.NOT_FINISHED)
    assert claim(failed, *headers) == (Claim.CANNOT_TELL, Doubt.NOT_SUCCESSFUL)


def test_without_a_task_only_the_copy_is_claimed():
    assert claim(None, via("HIT", "HIT"), ("age", "400")) is Claim.HELD
    assert claim(None, via("MISS", "MISS")) is Claim.NOT_HELD


def test_without_a_create_time_a_hit_proves_nothing():
    nameless = FILE._replace(created=None)

    assert claim(nameless, via("HIT"), ("age", "400")) == (Claim.CANNOT_TELL, Doubt.NO_CREATE_TIME)
    assert claim(nameless, via("MISS", "MISS")) is Claim.NO_COPY


def test_an_edge_that_keeps_nothing_proves_nothing():
    assert claim(FILE, ("cf-cache-status", "BYPASS")) == (Claim.CANNOT_TELL, Doubt.BYPASS)


@pytest.mark.parametrize(
    ("status", "doubt"),
    [
        *[(301, Doubt.REDIRECT), (302, Doubt.REDIRECT), (304, Doubt.ERROR), (206, Doubt.PARTIAL)],
        *[(401, Doubt.FORBIDDEN), (403, Doubt.FORBIDDEN), (500, Doubt.ERROR), (503, Doubt.ERROR), (418, Doubt.ERROR)],
    ],
)
@pytest.mark.parametrize("purge", [FILE, PREFETCH, None])
def test_an_answer_that_visitors_do_not_get_is_no_check(status, doubt, purge):
    headers = via("HIT", "HIT"), ("age", "400")

    assert claim(purge, *headers, status=status) == (Claim.NOT_CHECKED, doubt)


def test_a_deleted_file_is_judged_like_any_other_after_a_refresh():
    assert claim(FILE, via("MISS", "MISS"), status=404) is Claim.NO_COPY
    assert claim(FILE, via("HIT"), ("age", "400"), status=404) is Claim.OLD_COPY
    assert claim(PREFETCH, via("MISS", "MISS"), status=404) == (Claim.NOT_CHECKED, Doubt.NOT_FOUND)


def test_no_answer_is_no_check():
    failed = Probe(URL, "192.0.2.1", NOW, failure=Failure(Obstacle.NOT_HTTP))

    assert judge(Subject(URL, FILE), failed).claim is Claim.NOT_CHECKED


def test_a_verdict_carries_its_evidence():
    headers = via("HIT", "MISS"), ("age", "400"), ("etag", '"1"'), ("last-modified", "x"), ("content-length", "7")
    verdict = judge(Subject(URL, FILE), probe(*headers))

    assert verdict.tiers.value == "HIT by 192.0.2.1, MISS by 192.0.2.2"
    assert (verdict.age, verdict.fetched) == (400, NOW - 400)
    assert (verdict.etag, verdict.last_modified, verdict.length) == ('"1"', "x", 7)


@pytest.mark.parametrize(
    ("edge", "origin", "status", "is_equal"),
    [
        ([("etag", 'W/"1"')], [("etag", '"1"')], 200, True),
        ([("etag", '"1"')], [("etag", '"2"')], 200, False),
        ([("last-modified", "a")], [("last-modified", "a")], 200, True),
        ([("last-modified", "a")], [("last-modified", "b")], 200, False),
        ([("etag", '"1"')], [("last-modified", "a")], 200, None),
        ([], [], 200, None),
        ([("etag", '"1"')], [], 304, True),
        ([("etag", '"1"')], [], 404, False),
        ([("etag", '"1"')], [], 502, None),
        ([("etag", '"1"')], [], 301, None),
    ],
)
def test_validators_tell_whether_edge_and_origin_agree(edge, origin, status, is_equal):
    assert matches_origin(Answer(200, tuple(edge)), Answer(status, tuple(origin))) is is_equal


def settled(*members: tuple[str, str], url: str = URL, other_url: str = URL) -> list[Claim]:
    """Return the claims of a round in which two edges answer with these headers."""
    first, second = (probe(via, ("age", "0")) for via in members)
    subjects = Subject(url, FILE), Subject(other_url, FILE)
    checks = [
        Check(subject, each, judge(subject, each)) for subject, each in zip(subjects, (first, second), strict=True)
    ]
    return [check.verdict.claim for check in settle(checks)]


def test_a_parent_that_the_round_filled_had_no_copy_for_the_next_edge_either():
    assert settled(via("MISS", "MISS"), via("MISS", "HIT")) == [Claim.NO_COPY, Claim.NO_COPY]


@pytest.mark.parametrize(
    "other",
    [
        ("x-via-ucdn", "MISS by 192.0.2.1, HIT by 192.0.2.3"),  # another parent
        ("x-via-ucdn", "HIT by 192.0.2.1, HIT by 192.0.2.2"),
        ("x-via-ucdn", "MISS by 192.0.2.1, HIT"),
    ],
)
def test_another_parents_copy_proves_nothing(other):
    assert settled(via("MISS", "MISS"), other) == [Claim.NO_COPY, Claim.CANNOT_TELL]


def test_a_parents_copy_of_another_url_proves_nothing():
    claims = settled(via("MISS", "MISS"), via("MISS", "HIT"), other_url=f"{URL}?2")

    assert claims == [Claim.NO_COPY, Claim.CANNOT_TELL]


def test_a_prefetched_copy_older_than_the_refresh_before_it_is_old():
    prefetch = PREFETCH._replace(refreshed=CREATED - 100)

    assert claim(prefetch, via("HIT", "HIT"), ("age", "500")) is Claim.OLD_COPY
    assert claim(prefetch, via("MISS", "HIT"), ("age", "500")) is Claim.OLD_COPY
    assert claim(prefetch, via("HIT", "HIT"), ("age", "350")) is Claim.PREFETCHED
    assert claim(prefetch, via("MISS", "HIT")) is Claim.PREFETCHED
    assert claim(prefetch, via("MISS", "MISS")) is Claim.NOT_PREFETCHED
