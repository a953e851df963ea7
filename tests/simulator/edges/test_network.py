"""What edges and origin answer besides copies: redirects, refusals, other suppliers' headers, odd values."""

from email.utils import formatdate

import pytest

from simulator.edges.world import FIRST, URL, World, header
from simulator.harness import ApiCalls, ManualClock
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.edges.nodes import EDGES, ORIGIN, PARENTS
from ucdn_tui.simulator.edges.quirks import Quirk


def _host(quirk: Quirk, scheme: str = "http") -> str:
    return f"{scheme}://{quirk.value}.edge.example.com/a.js"


def test_an_answer_has_status_headers_and_a_small_body(world: World, now: ManualClock) -> None:
    answer = world.ask()
    assert answer.status == 200
    assert 0 < len(answer.body) < 1000
    assert header(answer, "Date") == formatdate(now(), usegmt=True)
    assert all(header(answer, name) for name in ("Server", "ETag", "Last-Modified", "Age", "X-Via-Ucdn"))


def test_head_fills_like_get(world: World) -> None:
    world.finish()
    world.ask(method="HEAD")
    assert world.tiers() == "HIT HIT"


def test_other_methods_are_refused(world: World) -> None:
    assert world.ask(method="POST").status == 405


def test_every_host_of_the_account_has_the_edges_addresses(world: World) -> None:
    edges = [edge.address for edge in EDGES]
    assert world.edges.resolve("img.example.com") == world.edges.resolve("IMG.example.com") == edges
    assert world.edges.resolve("any.edge.example.com") == edges
    assert world.edges.resolve("www.example.edu") == []
    assert world.edges.resolve(ORIGIN) == [ORIGIN]


@pytest.mark.parametrize("address", [PARENTS[0].address, "127.0.0.1", "192.0.2.1"])
def test_no_other_address_answers(world: World, address: str) -> None:
    with pytest.raises(ConnectionRefusedError):
        world.ask(address=address)


def test_a_host_of_another_account_is_not_found(world: World) -> None:
    assert world.ask("http://www.example.edu/").status == 404
    with pytest.raises(ValueError, match=r"www\.example\.edu"):
        world.edges.publish("http://www.example.edu/")


def test_a_missing_file_is_a_miss_each_time(world: World) -> None:
    for url in ("http://img.example.com/missing.jpg", _host(Quirk.MISSING)):
        answers = [world.ask(url) for _ in range(2)]
        assert [answer.status for answer in answers] == [404, 404]
        assert all(header(answer, "X-Via-Ucdn").startswith("MISS") for answer in answers)
        assert world.origin(url).status == 404


class TestQuirks:
    def test_no_header_tells_hit_or_miss(self, world: World) -> None:
        for url in (_host(Quirk.NO_HEADER), "http://old.example.net/"):
            names = {name for name, _value in world.ask(url).headers}
            assert "Age" in names
            assert not names & {"X-Via-Ucdn", "X-Cache", "Cache-Status"}

    def test_x_cache_has_one_tier(self, world: World) -> None:
        for url in (_host(Quirk.X_CACHE), "http://game.example.net/a.pak"):
            assert header(world.ask(url), "X-Cache") == f"TCP_HIT from {FIRST}"
            world.finish(url)
            assert header(world.ask(url), "X-Cache") == f"TCP_MISS from {FIRST}"

    def test_cache_status_names_the_parent_first(self, world: World) -> None:
        url = _host(Quirk.CACHE_STATUS)
        assert header(world.ask(url), "Cache-Status").endswith(f', "{FIRST}"; hit')
        world.finish(url, kind="prefetch")
        world.finish(url)
        missed = header(world.ask(url), "Cache-Status")
        assert missed == f'"127.0.20.11"; fwd=uri-miss; stored, "{FIRST}"; fwd=uri-miss; stored'

    def test_the_referer_decides_who_is_forbidden(self, world: World) -> None:
        url = _host(Quirk.FORBIDDEN)
        assert world.ask(url).status == world.ask(url, referer="https://other.example/").status == 403
        assert world.ask(url, referer="https://www.example.com/page").status == 200

    def test_http_is_redirected_to_https(self, world: World) -> None:
        answer = world.ask(_host(Quirk.REDIRECT))
        assert (answer.status, header(answer, "Location")) == (301, _host(Quirk.REDIRECT, "https"))
        assert world.ask(_host(Quirk.REDIRECT, "https")).status == 200

    def test_a_slow_answer_is_longer_than_any_time_limit(self, world: World) -> None:
        assert world.ask(_host(Quirk.SLOW)).delay > 60 > world.ask().delay

    def test_a_connection_is_reset(self, world: World) -> None:
        with pytest.raises(ConnectionResetError):
            world.ask(_host(Quirk.RESET))

    def test_a_certificate_is_for_another_name(self, world: World) -> None:
        assert world.edges.has_certificate("img.example.com")
        for host in ("certificate.edge.example.com", "old.example.net", "www.example.edu"):
            assert not world.edges.has_certificate(host)

    def test_a_hit_has_no_age_or_0(self, world: World) -> None:
        ages = {quirk: world.ask(_host(quirk)) for quirk in (Quirk.NO_AGE, Quirk.ZERO_AGE)}
        assert {quirk: header(answer, "Age") for quirk, answer in ages.items()} == {
            Quirk.NO_AGE: "",
            Quirk.ZERO_AGE: "0",
        }
        assert all(header(answer, "X-Via-Ucdn").startswith("HIT") for answer in ages.values())

    def test_what_must_not_be_stored_is_always_a_miss(self, world: World) -> None:
        for _ in range(2):
            answer = world.ask(_host(Quirk.NO_STORE))
            assert header(answer, "Cache-Control") == "no-store"
            assert (header(answer, "Age"), header(answer, "X-Via-Ucdn").split()[0]) == ("", "MISS")

    def test_hostile_values_replace_the_usual_ones(self, world: World) -> None:
        answer = world.ask(_host(Quirk.HOSTILE))
        names = [name for name, _value in answer.headers]
        assert len(names) == len(set(names))
        values = "".join(value for _name, value in answer.headers)
        assert all(odd in values for odd in ("\x1b[2J", "\u202e", "[bold]"))
        assert max(len(value) for _name, value in answer.headers) == 8192

    def test_a_host_can_be_given_another_one(self, world: World) -> None:
        world.edges.quirks["img.example.com"] = Quirk.FORBIDDEN
        assert (world.ask().status, world.ask(referer=URL).status) == (403, 200)
        del world.edges.quirks["img.example.com"]
        assert world.ask().status == 200


class TestOrigin:
    def test_a_request_with_the_files_validators_is_answered_304(self, world: World) -> None:
        full = world.origin()
        etag, modified = header(full, "ETag"), header(full, "Last-Modified")
        assert (full.status, header(full, "X-Via-Ucdn"), header(full, "Age")) == (200, "", "")
        unchanged = world.origin(if_none_match=etag)
        assert (unchanged.status, unchanged.body, header(unchanged, "ETag")) == (304, b"", etag)
        assert world.origin(if_none_match=f'"other", W/{etag}').status == 304
        assert world.origin(if_modified_since=modified).status == 304
        assert world.origin(if_none_match='"other"', if_modified_since=modified).status == 200
        assert world.origin(if_modified_since="nonsense").status == 200

    def test_a_published_file_has_new_validators(self, world: World, now: ManualClock) -> None:
        old = world.origin()
        now.advance(5)
        world.edges.publish(URL)
        now.advance(5)
        new = world.origin(if_none_match=header(old, "ETag"))
        assert (new.status, header(new, "Last-Modified")) == (200, formatdate(now() - 5, usegmt=True))
        assert new.body != old.body

    def test_files_change_now_and_then_and_some_hardly_ever(self, world: World, now: ManualClock) -> None:
        urls = [f"http://img.example.com/{number}.jpg" for number in range(40)]
        before = [header(world.origin(url), "ETag") for url in urls]
        now.advance(86_400)
        changed = sum(header(world.origin(url), "ETag") != etag for url, etag in zip(urls, before, strict=True))
        assert 10 <= changed <= 30

    def test_it_knows_no_caches(self, world: World) -> None:
        world.edges.publish(URL)
        assert header(world.ask(), "ETag") != header(world.origin(), "ETag")


def test_the_domains_configuration_fits_what_edges_do(world: World) -> None:
    answer = ApiCalls(Service(world.account))("GetUcdnDomainConfig")
    configs = {config["Domain"]: config for config in answer["DomainList"]}
    refers = configs["forbidden.edge.example.com"]["AccessControlConf"]["ReferConf"]
    assert refers == {"ReferType": 0, "NullRefer": 0, "ReferList": ["www.example.com"]}
    assert configs["no-store.edge.example.com"]["CacheConf"]["CacheList"][0]["CacheBehavior"] is False
    assert configs["img.example.com"]["CacheConf"]["CacheList"][0]["CacheBehavior"] is True
    origin = configs["img.example.com"]["OriginConf"]
    assert (origin["OriginIpList"], origin["OriginPort"]) == ([ORIGIN], 80)
    assert configs["*.edge.example.com"]["OriginConf"]["OriginHost"] == "", "that of the request"
