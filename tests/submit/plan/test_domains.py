"""What the account's domains and quotas are, asked once, and unknown where the API refuses to tell."""

import asyncio

import httpx

from submit.world import World, in_simulated_time, refusal
from ucdn_tui.api.domains import Allowance
from ucdn_tui.errors import NoCredentialsError
from ucdn_tui.submit.domains import AccountDomains
from ucdn_tui.submit.models import Known

QUOTA = "GetUcdnDomainPrefetchRefreshState"


def actions(world: World) -> list[str]:
    return [params["Action"] for _at, params in world.transport.searches]


@in_simulated_time
async def test_domains_are_asked_for_once(world: World) -> None:
    async with world.start() as start:
        domains = AccountDomains(start, start.clock)
        assert (domains.facts, domains.names()) == (None, [])
        await domains.load()
        await domains.load()
    assert actions(world) == ["GetUcdnDomainInfoList", "GetUcdnDomainConfig", "GetUcdnDomainConfig"]
    assert domains.error is None
    assert "www.example.com" in domains.names()
    assert domains.names() == sorted(domains.names())
    known = Known(domains.facts)
    hosts = ("dl.example.com", "static.example.net", "app.example.org", "www.example.com")
    found = {host: known.domain(host) for host in hosts}
    assert [bool(facts and facts.ignores_query) for facts in found.values()] == [True, False, False, False]
    assert [bool(facts and facts.is_dcdn) for facts in found.values()] == [False, False, True, False]
    shared = found["static.example.net"]
    assert shared is not None
    assert shared.cache_host == "static.example.com"
    assert known.domain("elsewhere.example.com") is None


@in_simulated_time
async def test_refused_list_leaves_the_domains_unknown_until_it_is_asked_again_a_minute_later(world: World) -> None:
    world.transport.search_failures += [refusal(299)]
    async with world.start() as start:
        domains = AccountDomains(start, start.clock)
        await domains.load()
        assert domains.facts is None
        assert domains.error is not None
        assert await domains.quotas(["www.example.com"]) == {}
        await asyncio.sleep(59)
        await domains.load()
        assert len(actions(world)) == 1
        await asyncio.sleep(1)
        await domains.load()
        assert domains.facts
        assert domains.error is None


@in_simulated_time
async def test_missing_keys_are_an_error_and_nothing_is_asked(world: World) -> None:
    async with world.start() as start:
        start.error = NoCredentialsError("no keys")
        domains = AccountDomains(start, start.clock)
        await domains.load()
    assert domains.error is start.error
    assert actions(world) == []


@in_simulated_time
async def test_refused_configurations_leave_only_the_names_known(world: World) -> None:
    world.transport.search_failures += [None, None, refusal(299)]
    async with world.start() as start:
        domains = AccountDomains(start, start.clock)
        await domains.load()
    assert "dl.example.com" in domains.names()
    facts = Known(domains.facts).domain("dl.example.com")
    assert facts is not None
    assert not facts.ignores_query
    whole_site = Known(domains.facts).domain("app.example.org")
    assert whole_site is not None
    assert whole_site.is_dcdn


@in_simulated_time
async def test_domains_may_not_be_all_if_those_of_whole_site_acceleration_are_not_told(world: World) -> None:
    world.transport.search_failures += [None, refusal(299)]
    async with world.start() as start:
        domains = AccountDomains(start, start.clock)
        await domains.load()
    assert not domains.is_complete
    assert domains.facts is not None
    assert domains.facts["dl.example.com"].ignores_query


@in_simulated_time
async def test_incomplete_list_is_not_taken_for_all_domains(world: World) -> None:
    answer = {"RetCode": 0, "TotalCount": 2, "DomainInfoList": [{"Domain": "a.com", "DomainId": "a"}]}
    world.transport.search_failures += [httpx.Response(200, json=answer)]
    async with world.start() as start:
        domains = AccountDomains(start, start.clock)
        await domains.load()
    assert not domains.is_complete
    assert domains.facts is not None
    assert domains.facts["a.com"].id == "a"


@in_simulated_time
async def test_quota_is_kept_for_half_a_minute_unless_it_is_wanted_again(world: World) -> None:
    async with world.start() as start:
        domains = AccountDomains(start, start.clock)
        await domains.load()
        world.transport.searches.clear()
        names = ["www.example.com", "img.example.com", "unknown.example.com"]
        found = await domains.quotas(names)
        assert {name: quota.files for name, quota in found.items()} == dict.fromkeys(names[:2], Allowance(700, 0))
        assert actions(world) == [QUOTA, QUOTA]
        await asyncio.sleep(29)
        assert await domains.quotas(names[:1]) == {names[0]: found[names[0]]}
        assert actions(world) == [QUOTA] * 2
        await domains.quotas(names[:1], again=True)
        assert actions(world) == [QUOTA] * 3
        await asyncio.sleep(2)
        await domains.quotas(names)
        assert actions(world) == [QUOTA] * 4, "the one that was asked for again is still known"


@in_simulated_time
async def test_quota_that_is_refused_is_unknown_and_does_not_hide_the_others(world: World) -> None:
    async with world.start() as start:
        domains = AccountDomains(start, start.clock)
        await domains.load()
        names = ["www.example.com", "img.example.com"]
        await domains.quotas(names)
        world.transport.search_failures += [refusal(299)]
        assert len(await domains.quotas(names, again=True)) == 1
        assert len(await domains.quotas(names)) == 2
