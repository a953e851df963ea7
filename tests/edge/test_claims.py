"""What may be claimed from one vantage point, and the traps on the way, at edges with several loopback addresses.

The names of the tests are the rows of a table of observations; each edge is a real server.
"""

from collections.abc import Sequence

import pytest

from support import PATIENCE
from support.clock import FakeClock
from support.servers.scripted_edges import HOST, Edges, Reply, edges, hit, miss
from ucdn_tui.api.domains import DomainConfig, Origin
from ucdn_tui.api.models import IpLocation, TaskKind
from ucdn_tui.edge.diagnosis import Cause, Evidence, Standing, diagnose
from ucdn_tui.edge.models import Check, Claim, Doubt, Obstacle, Probe, Purge, Resolution, Round, Subject
from ucdn_tui.edge.probe import Prober
from ucdn_tui.edge.session import EdgeSession
from ucdn_tui.edge.words import claim_words, round_words
from ucdn_tui.errors import Fault

NOW = FakeClock().server_now()

FILE = Purge(TaskKind.REFRESH, "file", NOW - 300, NOW - 200)
DIRECTORY = FILE._replace(type="dir")
PREFETCH = Purge(TaskKind.PREFETCH, "", NOW - 300, NOW - 200)

YOUNG, OLD = 100, 4000
"""Ages of copies, in seconds: fetched after the task was created, and before."""


class Api:
    """Tells where the origin is, and nothing else."""

    def __init__(self, origin: Edges | None) -> None:
        self._origin = origin

    async def get(self) -> "Api":
        return self

    async def get_domain_configs(self, domain_ids: Sequence[str] = (), *, is_dcdn: bool = False) -> list[DomainConfig]:
        if self._origin is None or is_dcdn:
            return []
        return [DomainConfig(domain=HOST, origin=Origin((self._origin.addresses[0],), HOST, self._origin.port))]

    async def get_ip_locations(self, ips: Sequence[str]) -> list[IpLocation]:
        return []


def session(served: Edges, origin: Edges | None = None, timeout: float = PATIENCE) -> EdgeSession:
    clock = FakeClock()

    async def resolve(host: str) -> Resolution:
        addresses = tuple(served.addresses) if host == HOST else (host,)
        return Resolution(addresses, len(addresses))

    return EdgeSession(Prober(clock, allow_loopback=True, timeout=timeout), resolve, clock, Api(origin))


async def checked(served: Edges, purge: Purge | None, timeout: float = PATIENCE) -> Round:
    """Verify a URL at all edges; each address has to be asked, and once."""
    edge = session(served, timeout=timeout)
    found = await edge.check([Subject(served.url(), purge)])
    await edge.aclose()
    assert [check.probe.address for check in found.checks] == served.addresses
    return found


def claims(found: Round) -> list[Claim]:
    return [check.verdict.claim for check in found.checks]


def likely(check: Check, origin: Probe | None = None) -> list[Cause]:
    return [each.cause for each in diagnose(Evidence(check, origin=origin)) if each.standing is Standing.LIKELY]


class TestClaims:
    async def test_a_miss_of_both_tiers_after_the_end_is_no_copy(self):
        with edges(miss(), miss()) as served:
            found = await checked(served, FILE)
        assert claims(found) == [Claim.NO_COPY, Claim.NO_COPY]
        assert claim_words(found.checks[0]) == "This edge held no copy, and so no old one."
        assert round_words(found, "14:03") == "In effect at 2 of 2 addresses, seen from here at 14:03."

    async def test_a_copy_from_after_the_beginning_is_new(self):
        with edges(hit(YOUNG), miss("HIT", Age=str(YOUNG))) as served:
            found = await checked(served, FILE)
        assert claims(found) == [Claim.NEW_COPY, Claim.NEW_COPY]

    async def test_a_copy_from_before_a_file_refresh_is_old(self):
        with edges(hit(OLD), miss(), miss()) as served:
            found = await checked(served, FILE)
        assert claims(found) == [Claim.OLD_COPY, Claim.NO_COPY, Claim.NO_COPY]
        assert likely(found.checks[0]) == [Cause.EDGE_LATE]
        assert round_words(found, "14:03") == "Old copy at 1 of 3 addresses, seen from here at 14:03."

    async def test_an_old_copy_of_the_parent_is_old_too(self):
        with edges(miss("HIT", Age=str(OLD))) as served:
            assert claims(await checked(served, FILE)) == [Claim.OLD_COPY]

    @pytest.mark.parametrize("age", ["0", None, "-1", "1e3", "9" * 30])
    async def test_a_copy_without_a_usable_age_may_be_old_or_new(self, age):
        reply = Reply(200, {"X-Via-Ucdn": "HIT by x", **({} if age is None else {"Age": age})})
        with edges(reply) as served:
            found = await checked(served, FILE)
        assert (claims(found), found.checks[0].verdict.doubt) == ([Claim.CANNOT_TELL], Doubt.NO_AGE)
        assert "nothing is proved" in round_words(found, "14:03")

    @pytest.mark.parametrize(
        ("reply", "claim"),
        [(Reply(304), Claim.UNCHANGED), (Reply(200, {"ETag": '"2"'}), Claim.DIFFERS)],
        ids=["same", "other"],
    )
    async def test_without_an_age_the_origins_validators_decide(self, reply, claim):
        with edges(hit(0, ETag='"1"')) as served, edges(reply) as origin:
            edge = session(served, origin)
            (check,) = (await edge.check([Subject(served.url(), FILE)])).checks
            judged, _probe = await edge.compare_with_origin(check)
            await edge.aclose()
        assert judged.verdict.claim is claim
        assert [each.headers["if-none-match"] for each in origin.asked] == ['"1"']

    async def test_a_directory_keeps_what_has_not_changed_at_the_origin(self):
        with (
            edges(hit(OLD, ETag='"1"'), hit(OLD, X_Via_Ucdn="REVALIDATED by x")) as served,
            edges(Reply(304)) as origin,
        ):
            edge = session(served, origin)
            first, second = (await edge.check([Subject(served.url(), DIRECTORY)])).checks
            judged, probe = await edge.compare_with_origin(first)
            await edge.aclose()
        assert (first.verdict.claim, first.verdict.doubt) == (Claim.CANNOT_TELL, Doubt.DIRECTORY)
        assert [judged.verdict.claim, second.verdict.claim] == [Claim.UNCHANGED, Claim.UNCHANGED]
        assert Cause.UNCHANGED_DIRECTORY in likely(judged, probe)

    async def test_a_prefetch_is_there_if_the_edge_or_the_parent_has_it(self):
        with edges(miss("HIT"), hit(OLD)) as served:
            assert claims(await checked(served, PREFETCH)) == [Claim.PREFETCHED, Claim.PREFETCHED]

    async def test_a_prefetch_is_missing_where_neither_had_it(self):
        with edges(miss(), miss("HIT")) as served:
            found = await checked(served, PREFETCH)
        assert claims(found) == [Claim.NOT_PREFETCHED, Claim.PREFETCHED]
        assert round_words(found, "14:03") == "Not prefetched at 1 of 2 addresses, seen from here at 14:03."

    async def test_without_a_cache_header_it_was_just_served(self):
        with edges(Reply(200, {"Age": str(OLD), "ETag": '"1"'})) as served:
            found = await checked(served, FILE)
        assert (claims(found), found.checks[0].verdict.doubt) == ([Claim.CANNOT_TELL], Doubt.NO_CACHE_HEADER)

    async def test_without_a_task_only_copies_are_told(self):
        with edges(hit(OLD), miss()) as served:
            assert claims(await checked(served, None)) == [Claim.HELD, Claim.NOT_HELD]

    @pytest.mark.parametrize("is_success", [None, False])
    async def test_before_a_success_nothing_follows(self, is_success):
        with edges(hit(OLD), miss()) as served:
            found = await checked(served, FILE._replace(is_success=is_success))
        assert claims(found) == [Claim.CANNOT_TELL, Claim.CANNOT_TELL]


class TestTraps:
    async def test_head_and_get_may_differ_so_get_is_sent(self):
        with edges(miss()) as served:
            await checked(served, FILE)
        assert [each.method for each in served.asked] == ["GET"]

    async def test_nothing_is_added_that_would_go_around_the_cache(self):
        with edges(miss()) as served:
            await checked(served, FILE)
        (asked,) = served.asked
        assert asked.target == "/a.jpg"
        assert {"cache-control", "pragma", "range", "if-none-match", "cookie", "referer"}.isdisjoint(asked.headers)

    async def test_a_check_fills_the_edge_so_the_next_one_is_a_new_copy(self):
        with edges([miss(), hit(YOUNG)]) as served:
            assert [claims(await checked(served, FILE)) for _ in range(2)] == [[Claim.NO_COPY], [Claim.NEW_COPY]]

    async def test_each_address_is_judged_for_itself(self):
        with edges(miss(), hit(OLD), Reply(403), miss()) as served:
            found = await checked(served, FILE)
        assert claims(found) == [Claim.NO_COPY, Claim.OLD_COPY, Claim.NOT_CHECKED, Claim.NO_COPY]

    async def test_a_later_publication_is_no_old_copy(self):
        """The edge fetched after the refresh; that the origin has changed since is said as what it is."""
        with edges(hit(YOUNG, ETag='"1"')) as served, edges(Reply(200, {"ETag": '"2"'})) as origin:
            edge = session(served, origin)
            (check,) = (await edge.check([Subject(served.url(), FILE)])).checks
            judged, probe = await edge.compare_with_origin(check)
            await edge.aclose()
        assert judged.verdict.claim is Claim.NEW_COPY
        assert likely(judged, probe) == [Cause.TOO_EARLY]

    async def test_an_origin_that_is_old_itself_is_found(self):
        with edges(hit(YOUNG, ETag='"1"')) as served, edges(Reply(304)) as origin:
            edge = session(served, origin)
            (check,) = (await edge.check([Subject(served.url(), FILE)])).checks
            judged, probe = await edge.compare_with_origin(check)
            await edge.aclose()
        assert likely(judged, probe) == [Cause.ORIGIN_OLD]

    async def test_a_redirect_is_shown_and_not_followed(self):
        with edges(Reply(301, {"Location": f"http://{HOST}/b", "X-Via-Ucdn": "HIT by x", "Age": "9"})) as served:
            found = await checked(served, FILE)
        assert claims(found) == [Claim.NOT_CHECKED]
        assert f"redirects to http://{HOST}/b." in claim_words(found.checks[0])
        assert likely(found.checks[0]) == [Cause.REDIRECT]

    async def test_a_first_answer_that_is_old_is_asked_for_again(self):
        with edges([hit(OLD), miss()]) as served:
            edge = session(served)
            (first,) = (await edge.check([Subject(served.url(), FILE)])).checks
            (again,) = await edge.check_again([first])
            await edge.aclose()
        assert [first.verdict.claim, again.verdict.claim] == [Claim.OLD_COPY, Claim.NO_COPY]

    @pytest.mark.parametrize(
        ("status", "doubt"),
        [(401, Doubt.FORBIDDEN), (403, Doubt.FORBIDDEN), (206, Doubt.PARTIAL), (502, Doubt.ERROR), (429, Doubt.ERROR)],
    )
    async def test_an_answer_that_visitors_do_not_get_proves_nothing(self, status, doubt):
        with edges(Reply(status, {"X-Via-Ucdn": "HIT by x", "Age": str(OLD)})) as served:
            found = await checked(served, FILE)
        assert (claims(found), found.checks[0].verdict.doubt) == ([Claim.NOT_CHECKED], doubt)

    @pytest.mark.parametrize(
        ("reply", "reason", "timeout"),
        [
            (Reply(is_reset=True), Fault.BROKEN, PATIENCE),
            (Reply(is_silent=True), Fault.TIMEOUT, 0.5),
            (Reply(200, {"Bad Name": "x"}), Obstacle.NOT_HTTP, PATIENCE),
        ],
        ids=["reset", "silent", "no HTTP"],
    )
    async def test_no_answer_is_no_old_copy(self, reply, reason, timeout):
        with edges(reply) as served:
            found = await checked(served, FILE, timeout)
        (check,) = found.checks
        assert check.probe.failure is not None
        assert (check.verdict.claim, check.probe.failure.reason) == (Claim.NOT_CHECKED, reason)

    @pytest.mark.parametrize(
        "header",
        [
            {"Cache-Status": '"parent"; fwd=uri-miss, "edge"; hit'},
            {"X-Cache": "TCP_MISS from parent, TCP_HIT from edge"},
            {"X-Cache-Lookup": "Cache Hit"},
            {"CF-Cache-Status": "HIT"},
        ],
        ids=lambda header: next(iter(header)),
    )
    async def test_other_suppliers_headers_count_and_their_last_member_is_the_edge(self, header):
        with edges(Reply(200, {**header, "Age": str(OLD)})) as served:
            assert claims(await checked(served, FILE)) == [Claim.OLD_COPY]

    async def test_the_first_member_of_the_vendors_header_is_the_edge(self):
        with edges(Reply(200, {"X-Via-Ucdn": "MISS by edge, HIT by parent", "Age": str(OLD)})) as served:
            (check,) = (await checked(served, PREFETCH)).checks
        assert check.verdict.claim is Claim.PREFETCHED
        assert [check.verdict.tiers.edge, check.verdict.tiers.parent] == ["miss", "hit"]
