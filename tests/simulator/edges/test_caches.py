"""Copies at edges and parents, before and after tasks."""

import pytest

from simulator.edges.world import FIRST, FOURTH, SECOND, THIRD, URL, World, header
from simulator.harness import HOUR, ManualClock
from ucdn_tui.simulator.edges.nodes import EDGES
from ucdn_tui.simulator.plan import Outcome

_ADDRESSES = [edge.address for edge in EDGES]
_DIRECTORY = "http://img.example.com/photos/"
_STEADY, _CHANGING = f"{_DIRECTORY}1.jpg", f"{_DIRECTORY}2.jpg"


def test_before_any_task_each_edge_has_a_copy_of_its_own_age(world: World, now: ManualClock) -> None:
    ages = [world.age(address=address) for address in _ADDRESSES]
    assert all(age is not None and 600 <= age <= 2 * 86_400 for age in ages)
    assert len(set(ages)) == 4
    assert [world.tiers(address=address) for address in _ADDRESSES] == ["HIT HIT"] * 4
    assert ages == [World(now).age(address=address) for address in _ADDRESSES], "ages follow from URL and address"


def test_the_edge_is_named_first_and_its_parent_second(world: World) -> None:
    assert header(world.ask(address=THIRD), "X-Via-Ucdn") == "HIT by 127.0.20.3, HIT by 127.0.20.12"


def test_a_file_refresh_removes_the_copies_and_the_next_request_fills(world: World, now: ManualClock) -> None:
    world.ask()
    world.finish()
    assert header(missed := world.ask(), "X-Via-Ucdn") == "MISS by 127.0.20.1, MISS by 127.0.20.11"
    assert header(missed, "Age") == ""
    now.advance(7)
    assert (world.tiers(), world.age()) == ("HIT HIT", 7)


def test_a_miss_fills_the_parent_for_the_other_edge_behind_it(world: World, now: ManualClock) -> None:
    world.finish()
    world.ask(address=FIRST)
    now.advance(20)
    answer = world.ask(address=SECOND)
    assert header(answer, "X-Via-Ucdn") == "MISS by 127.0.20.2, HIT by 127.0.20.11"
    assert header(answer, "Age") == "20"
    assert world.tiers(address=THIRD) == "MISS MISS"
    now.advance(5)
    assert world.age(address=SECOND) == 25, "Age counts from the origin"


def test_copies_stay_until_the_task_has_finished(world: World, now: ManualClock) -> None:
    world.account.add("refresh", [URL], queue=5, work=55)
    now.advance(59)
    assert world.tiers() == "HIT HIT"
    now.advance(1)
    assert world.tiers() == "MISS MISS"


@pytest.mark.parametrize("outcome", ["failure", "process"])
@pytest.mark.parametrize("kind", ["refresh", "prefetch"])
def test_a_task_without_success_changes_nothing(world: World, kind: str, outcome: Outcome) -> None:
    world.ask()
    world.finish(kind=kind, outcome=outcome)
    assert world.tiers() == "HIT HIT"
    if kind == "refresh":
        assert world.tiers(address=FOURTH) == "HIT HIT"


def test_the_new_version_comes_with_the_refresh_and_not_before(world: World, now: ManualClock) -> None:
    old = world.ask()
    world.edges.publish(URL)
    now.advance(10)
    assert header(world.ask(), "ETag") == header(old, "ETag") != header(world.origin(), "ETag")
    world.finish()
    assert header(world.ask(), "ETag") == header(world.origin(), "ETag") != header(old, "ETag")
    assert world.ask().body != old.body


class TestStale:
    def test_a_stale_edge_drops_its_copy_only_after_a_while(self, world: World, now: ManualClock) -> None:
        world.edges.make_stale(SECOND, URL, 30)
        old = world.ask(address=SECOND)
        world.finish()  # a second ago
        now.advance(28)
        assert header(world.ask(address=SECOND), "ETag") == header(old, "ETag")
        assert world.tiers(address=SECOND) == "HIT HIT"
        assert world.age(address=SECOND) == int(header(old, "Age")) + 89
        assert world.tiers(address=THIRD) == "MISS MISS"
        now.advance(2)
        assert world.tiers(address=SECOND) == "MISS MISS"
        now.advance(HOUR)
        assert world.tiers(address=SECOND) == "HIT HIT", "the copy fetched since stays"

    def test_one_url_in_so_many_is_stale_at_one_edge(self, now: ManualClock) -> None:
        world = World(now, stale_every=6)
        urls = [f"http://img.example.com/{number}.jpg" for number in range(120)]
        world.account.add("refresh", urls, queue=5, work=55)
        now.advance(61)
        hits = [[url, address] for url in urls for address in _ADDRESSES if world.tiers(url, address) == "HIT HIT"]
        assert 10 <= len(hits) <= 30
        assert len({url for url, _address in hits}) == len(hits), "at one edge only"
        assert {address for _url, address in hits} == set(_ADDRESSES)
        now.advance(31)
        assert all(world.age(url, address) in (None, 31) for url, address in hits)

    def test_by_default_none_is(self, world: World, now: ManualClock) -> None:
        urls = [f"http://img.example.com/{number}.jpg" for number in range(60)]
        world.account.add("refresh", urls, queue=5, work=55)
        now.advance(61)
        assert all("MISS" in world.tiers(url, address) for url in urls for address in _ADDRESSES)


class TestDirectories:
    def test_unchanged_files_stay_and_age_begins_anew_at_half_of_the_edges(
        self, world: World, now: ManualClock
    ) -> None:
        before = {address: world.ask(_STEADY, address) for address in _ADDRESSES}
        assert header(before[FIRST], "ETag") == header(world.origin(_STEADY), "ETag"), "this file does not change"
        world.finish(_DIRECTORY, type="dir")
        for address, old in before.items():
            answer = world.ask(_STEADY, address)
            assert header(answer, "X-Via-Ucdn").startswith("HIT")
            assert header(answer, "ETag") == header(old, "ETag")
            expected = 0 if address in (FIRST, THIRD) else int(header(old, "Age")) + 61
            assert header(answer, "Age") == str(expected)
        now.advance(9)
        assert world.age(_STEADY, FIRST) == 9

    def test_changed_files_are_fetched(self, world: World, now: ManualClock) -> None:
        old = world.ask(_CHANGING)
        world.edges.publish(_CHANGING)
        now.advance(1)
        world.finish(_DIRECTORY, type="dir")
        new = world.ask(_CHANGING)
        assert header(new, "X-Via-Ucdn") == "MISS by 127.0.20.1, MISS by 127.0.20.11"
        assert header(new, "ETag") == header(world.origin(_CHANGING), "ETag") != header(old, "ETag")
        assert world.tiers(_CHANGING) == "HIT HIT"

    def test_only_what_lies_below_is_concerned(self, world: World) -> None:
        sibling = "http://img.example.com/photos.jpg?of=/photos/"
        age = world.age(sibling)
        world.finish(_DIRECTORY, type="dir")
        assert age is not None
        assert world.age(sibling) == age + 61

    def test_a_shared_cache_takes_them_only_under_its_owner(self, world: World) -> None:
        shared, owner = "http://static.example.net/css/a.css", "http://static.example.com/css/"
        age = world.age(shared)
        assert age is not None
        world.finish("http://static.example.net/css/", type="dir")
        assert world.age(shared) == age + 61
        world.finish(owner, type="dir")
        assert world.age(shared) == 0


class TestPrefetch:
    def test_the_copy_is_at_the_parents(self, world: World, now: ManualClock) -> None:
        url = "http://dl.example.com/new.exe"
        world.account.add("prefetch", [url], queue=5, work=55)
        now.advance(100)
        for address in (FIRST, FOURTH):
            assert (world.tiers(url, address), world.age(url, address)) == ("MISS HIT", 40)
            assert world.tiers(url, address) == "HIT HIT"

    def test_what_is_published_later_is_not_prefetched(self, world: World) -> None:
        url = "http://dl.example.com/new.exe"
        before = header(world.origin(url), "ETag")
        world.finish(url, "prefetch")
        world.edges.publish(url)
        assert header(world.ask(url), "ETag") == before != header(world.origin(url), "ETag")

    def test_before_its_end_it_is_nowhere(self, world: World, now: ManualClock) -> None:
        url = "http://dl.example.com/new.exe"
        world.account.add("prefetch", [url], queue=5, work=55)
        now.advance(30)
        assert world.tiers(url) == "MISS MISS"


class TestKeys:
    def test_http_https_and_the_owner_of_a_shared_cache_have_one_copy(self, world: World, now: ManualClock) -> None:
        world.finish("http://static.example.com/a.css")
        world.ask("https://static.example.net/a.css")
        now.advance(3)
        assert world.age("http://static.example.com/a.css") == world.age("https://static.example.com/a.css") == 3

    def test_an_ignored_query_is_no_part_of_the_key(self, world: World) -> None:
        plain = "http://dl.example.com/a.zip"
        assert world.age(f"{plain}?v=1") == world.age(f"{plain}?v=2") == world.age(plain)
        world.finish(f"{plain}?v=1")
        assert world.tiers(f"{plain}?v=1") == "HIT HIT", "the submitted URL names no copy"
        world.finish(plain)
        assert world.tiers(f"{plain}?v=1") == "MISS MISS"

    def test_other_domains_keep_queries_apart(self, world: World) -> None:
        world.finish(f"{URL}?v=1")
        assert (world.tiers(f"{URL}?v=1"), world.tiers(f"{URL}?v=2")) == ("MISS MISS", "HIT HIT")

    def test_wrong_case_refreshes_nothing(self, world: World) -> None:
        world.finish(URL.replace("a.jpg", "A.jpg"))
        assert world.tiers(URL) == "HIT HIT"

    def test_characters_beyond_ascii_are_requested_encoded(self, world: World) -> None:
        world.finish("http://www.cn.example.com/活动.html")
        assert world.tiers("http://www.cn.example.com/%E6%B4%BB%E5%8A%A8.html") == "MISS MISS"

    def test_a_port_counts_for_nothing(self, world: World) -> None:
        world.finish("http://img.example.com:8080/a.jpg")
        assert world.tiers("http://img.example.com:9090/a.jpg") == "MISS MISS"

    def test_hosts_of_a_wildcard_domain_share_no_copies(self, world: World) -> None:
        world.finish("http://one.edge.example.com/a.js")
        assert world.tiers("http://two.edge.example.com/a.js") == "HIT HIT"
        assert world.tiers("http://one.edge.example.com/a.js") == "MISS MISS"


def test_a_url_refreshed_before_the_start_has_no_copy_from_before(now: ManualClock) -> None:
    world = World(now)
    urls = [f"http://img.example.com/{number}.jpg" for number in range(20)]
    world.account.add("refresh", urls, created=now() - 300, queue=5, work=55)
    ages = [world.age(url, address) for url in urls for address in _ADDRESSES]
    assert all(age is None or age <= 295 for age in ages)
    assert None in ages
    assert any(ages)


def test_tasks_of_all_projects_and_of_whole_site_domains_count(world: World) -> None:
    world.finish(project_id=world.account.projects[1].id)
    assert world.tiers() == "MISS MISS"
    assert world.tiers("https://app.example.org/") == world.tiers("https://app.example.org/") == "MISS MISS"
