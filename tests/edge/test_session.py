"""EdgeSession: all addresses of all URLs, places and configurations, over real sockets."""

import asyncio
from collections.abc import Sequence

import pytest

from support import PATIENCE
from support.clock import FakeClock
from support.servers.raw_server import RawServer, answer
from ucdn_tui.api.domains import DomainConfig, Origin
from ucdn_tui.api.models import IpLocation, TaskKind
from ucdn_tui.edge.models import Claim, Obstacle, Purge, Resolution, Subject
from ucdn_tui.edge.probe import Prober
from ucdn_tui.edge.session import EdgeSession
from ucdn_tui.edge.words import round_words
from ucdn_tui.errors import ApiError

HIT = {"X-Via-Ucdn": "HIT by 192.0.2.1", "Age": "400", "ETag": '"1"'}
MISS = {"X-Via-Ucdn": "MISS by 192.0.2.1, MISS by 192.0.2.2"}


class StubApi:
    """Answers the two actions from what it is given; raises an ApiError for what it has not."""

    def __init__(self, configs: Sequence[DomainConfig] | None = None, places: Sequence[IpLocation] | None = None):
        self._configs = configs
        self._places = places
        self.calls: list[object] = []

    async def get(self) -> "StubApi":
        return self

    async def get_domain_configs(self, domain_ids: Sequence[str] = (), *, is_dcdn: bool = False) -> list[DomainConfig]:
        self.calls.append(is_dcdn)
        if self._configs is None:
            raise ApiError("No permission")
        return [config for config in self._configs if config.is_dcdn == is_dcdn]

    async def get_ip_locations(self, ips: Sequence[str]) -> list[IpLocation]:
        self.calls.append(tuple(ips))
        if self._places is None:
            raise ApiError("No permission")
        return list(self._places)


def session(names: dict[str, tuple[str, ...]], api: StubApi | None = None) -> EdgeSession:
    """Return a session for which these names have these addresses."""

    async def resolve(host: str) -> Resolution:
        addresses = names.get(host, ())
        return Resolution(addresses, len(addresses))

    clock = FakeClock()
    return EdgeSession(Prober(clock, allow_loopback=True, timeout=PATIENCE), resolve, clock, api)


def refreshed(url: str) -> Subject:
    now = FakeClock().server_now()
    return Subject(url, Purge(TaskKind.REFRESH, "file", now - 300, now - 200))


async def test_every_address_of_every_url_is_asked_once():
    async with RawServer(answer(b"", 200, MISS)) as server:
        edge = session({"a.example.com": ("127.0.0.1", "::ffff:127.0.0.1"), "b.example.com": ("127.0.0.1",)})
        urls = [
            f"http://{host}.example.com:{server.port}/{path}" for host, path in (("a", "1"), ("a", "2"), ("b", "1"))
        ]
        heard = []
        found = await edge.check([refreshed(url) for url in urls], heard.append)
        await edge.aclose()

    asked = sorted((request.headers["host"].split(":")[0], request.target) for request in server.requests)
    assert asked == [*[("a.example.com", "/1")] * 2, *[("a.example.com", "/2")] * 2, ("b.example.com", "/1")]
    assert [check.subject.url for check in found.checks] == [urls[0], urls[0], urls[1], urls[1], urls[2]]
    assert {id(check) for check in heard} == {id(check) for check in found.checks}
    assert dict(found.resolutions)["a.example.com"].total == 2
    assert found.count(Claim.NO_COPY) == 5
    assert round_words(found, "14:03") == "In effect at 5 of 5 addresses, seen from here at 14:03."


async def test_old_copies_are_counted_before_anything_else():
    async with RawServer(answer(b"", 200, HIT), answer(b"", 200, MISS)) as server:
        edge = session({"a.example.com": ("127.0.0.1", "::ffff:127.0.0.1")})
        found = await edge.check([refreshed(f"http://a.example.com:{server.port}/")])
        await edge.aclose()

    assert round_words(found, "14:03") == "Old copy at 1 of 2 addresses, seen from here at 14:03."


async def test_a_name_without_addresses_and_a_text_are_not_checked():
    edge = session({})
    found = await edge.check([refreshed("http://a.example.com/"), refreshed("a.example.com")])
    await edge.aclose()

    reasons = [check.probe.failure.reason for check in found.checks if check.probe.failure]
    assert reasons == [Obstacle.NO_ADDRESS, Obstacle.INVALID_URL]
    assert round_words(found, "14:03") == "0 of 2 addresses answered, seen from here at 14:03; nothing is proved."


async def test_only_the_same_addresses_are_asked_again():
    async with RawServer(answer(b"", 200, HIT), answer(b"", 200, MISS)) as server:
        edge = session({"a.example.com": ("127.0.0.1", "::ffff:127.0.0.1")})
        (first, _second) = (await edge.check([refreshed(f"http://a.example.com:{server.port}/")])).checks
        (again,) = await edge.check_again([first])
        await edge.aclose()

    assert len(server.requests) == 3
    assert (again.probe.address, again.verdict.claim) == (first.probe.address, Claim.NO_COPY)


async def test_a_name_without_addresses_is_looked_up_again():
    names: dict[str, tuple[str, ...]] = {}
    async with RawServer(answer(b"", 200, MISS)) as server:
        edge = session(names)
        (first,) = (await edge.check([refreshed(f"http://a.example.com:{server.port}/")])).checks
        names["a.example.com"] = ("127.0.0.1", "::ffff:127.0.0.1")
        found = await edge.check_again([first])
        await edge.aclose()

    assert [check.probe.address for check in found] == ["127.0.0.1", "::ffff:127.0.0.1"]


async def test_a_session_can_be_left_while_an_edge_is_silent():
    waiting = asyncio.Event()

    async def resolve(host: str) -> Resolution:
        waiting.set()
        await asyncio.Event().wait()
        return Resolution(())

    clock = FakeClock()
    edge = EdgeSession(Prober(clock), resolve, clock)
    checking = asyncio.ensure_future(edge.check([refreshed("http://a.example.com/")]))
    await waiting.wait()
    checking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await checking
    await edge.aclose()


async def test_places_are_asked_for_once():
    api = StubApi(places=[IpLocation("192.0.2.1", "China", "", "Hangzhou"), IpLocation("192.0.2.99")])
    edge = session({}, api)
    await edge.load_places(["192.0.2.1", "192.0.2.1", ""])
    await edge.load_places(["192.0.2.1"])
    await edge.aclose()

    assert api.calls == [("192.0.2.1",)]
    assert edge.places == {"192.0.2.1": IpLocation("192.0.2.1", "China", "", "Hangzhou")}


async def test_places_that_the_api_does_not_tell_stay_unknown():
    edge = session({}, StubApi())
    await edge.load_places(["192.0.2.1"])
    await session({}).load_places(["192.0.2.1"])
    await edge.aclose()

    assert edge.places == {}


async def test_the_configuration_of_a_wildcard_domain_is_found():
    configs = [DomainConfig(domain="*.Example.com"), DomainConfig(domain="img.example.com", is_dcdn=True)]
    edge = session({}, StubApi(configs))

    assert await edge.config("img.example.com") is configs[1]
    assert await edge.config("a.b.example.com") is configs[0]
    assert await edge.config("example.com") is None
    assert await edge.config("example.org") is None
    await edge.aclose()


async def test_a_configuration_that_may_not_be_read_is_unknown():
    edge = session({}, StubApi())
    assert await edge.config("img.example.com") is None
    assert await session({}).config("img.example.com") is None
    await edge.aclose()


@pytest.mark.parametrize(("status", "claim"), [(304, Claim.UNCHANGED), (200, Claim.DIFFERS)])
async def test_a_comparison_with_the_origin_judges_anew(status, claim):
    hit = {**HIT, "Age": "0"}
    async with RawServer(answer(b"", 200, hit), answer(b"", status, {"ETag": '"2"'})) as server:
        config = DomainConfig(domain="a.example.com", origin=Origin(("origin.example.com",), "", server.port))
        names = {"a.example.com": ("127.0.0.1",), "origin.example.com": ("127.0.0.1",)}
        edge = session(names, StubApi([config]))
        (check,) = (await edge.check([refreshed(f"http://a.example.com:{server.port}/x")])).checks
        judged, origin = await edge.compare_with_origin(check)
        await edge.aclose()

    assert check.verdict.claim is Claim.CANNOT_TELL
    assert judged.verdict.claim is claim
    assert origin is not None
    assert server.requests[1].headers["if-none-match"] == '"1"'


async def test_without_an_origins_address_nothing_is_compared():
    async with RawServer(answer(b"", 200, HIT)) as server:
        edge = session({"a.example.com": ("127.0.0.1",)}, StubApi([DomainConfig(domain="a.example.com")]))
        (check,) = (await edge.check([refreshed(f"http://a.example.com:{server.port}/x")])).checks
        assert await edge.compare_with_origin(check) == (check, None)
        await edge.aclose()

    assert len(server.requests) == 1


async def test_no_more_than_some_names_are_looked_up_at_once():
    at_once, most, clock = 0, 0, FakeClock()

    async def resolve(_host: str) -> Resolution:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        return Resolution(())

    edge = EdgeSession(Prober(clock), resolve, clock)
    found = await edge.check([refreshed(f"http://h{number}.example.com/") for number in range(500)])
    await edge.aclose()

    assert len(found.checks) == 500
    assert most < 200


async def test_configurations_that_may_not_be_read_are_not_asked_for_with_each_url():
    api = StubApi()
    edge = session({}, api)
    for host in ("a.example.com", "b.example.com", "a.example.com"):
        assert await edge.config(host) is None
    await edge.aclose()

    assert len(api.calls) == 1


async def test_many_places_are_asked_for_in_several_calls():
    addresses = [f"192.0.2.{number}" for number in range(120)]
    api = StubApi(places=[IpLocation(addresses[119], "China")])
    edge = session({}, api)
    await edge.load_places(addresses)
    await edge.aclose()

    assert [len(call) for call in api.calls] == [50, 50, 20]
    assert list(edge.places) == [addresses[119]]
