"""Generated accounts: large ones, the demo account, and arriving tasks."""

import itertools
from collections import Counter
from urllib.parse import urlsplit

import pytest

from simulator.harness import DAY, HOUR, START, ApiCalls, ManualClock, ids
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.history import demo_account, populate, start_arrivals
from ucdn_tui.simulator.plan import Plan

_RESERVED = ("example.com", "example.net", "example.org")


def _all(account: Account) -> list[Plan]:
    return [*account.tasks("refresh", None), *account.tasks("prefetch", None)]


def _content(account: Account) -> object:
    """Return everything that the account would answer now."""
    now = account.now()
    return [(task.task_id, task.status(now), list(task.url_states(now))) for task in _all(account)]


def _is_active(task: Plan) -> bool:
    return task.status(START) in {"wait", "process"}


class TestPopulate:
    def test_creates_the_requested_numbers_of_tasks_and_urls(self, account: Account) -> None:
        populate(account, tasks=300, urls=7)
        assert len(_all(account)) == 300
        assert {len(list(task.url_states(START))) for task in _all(account)} == {7}

    def test_creates_the_requested_share_of_active_tasks(self, account: Account) -> None:
        populate(account, tasks=300, urls=4, active=0.1)
        assert sum(map(_is_active, _all(account))) == 30
        assert all(task.outcome in {"success", "failure", "unknow"} for task in _all(account))

    def test_history_fits_the_default_window(self, account: Account, api: ApiCalls, now: ManualClock) -> None:
        populate(account, tasks=300, urls=1)
        now.advance(HOUR - 60)
        assert api.refresh()["TotalCount"] + api.prefetch()["TotalCount"] == 300

    def test_tasks_fail_fully_and_partly(self, account: Account) -> None:
        populate(account, tasks=500, urls=10, active=0)
        failed = Counter(sum(url.outcome == "failure" for url in task.urls) for task in _all(account))
        assert set(failed) == {0, 1, 10}
        assert failed[0] > 400
        by_own_status = {task.outcome for task in _all(account) if "failure" in {url.outcome for url in task.urls}}
        assert by_own_status == {"failure", "success"}

    def test_a_million_urls_can_be_paged_through(self, account: Account, api: ApiCalls) -> None:
        populate(account, tasks=10_000, urls=100)
        total = api.refresh(Limit=0)["TotalCount"]
        seen: list[str] = []
        for offset in range(0, total - 3, 1000):
            answer = api.refresh(Offset=offset, Limit=3)
            seen += ids(answer)
            assert [len(task["UrlLists"]) for task in answer["TaskList"]] == [100] * 3
        assert len(set(seen)) == len(seen) > 15

    def test_only_the_tasks_of_a_page_are_evaluated(
        self, account: Account, api: ApiCalls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        populate(account, tasks=200, urls=2)
        evaluated: list[str] = []
        original = Plan.url_states

        def counted(self: Plan, now: float) -> object:
            evaluated.append(self.task_id)
            return original(self, now)

        monkeypatch.setattr(Plan, "url_states", counted)
        assert evaluated == ids(api.refresh(Offset=20, Limit=5, Status="success"))

    @pytest.mark.parametrize("wrong", [{"active": 1.5}, {"active": -0.1}, {"span": 60}])
    def test_invalid_arguments_are_rejected(self, account: Account, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError):
            populate(account, tasks=10, urls=1, **wrong)


class TestDemoAccount:
    @pytest.fixture
    def demo(self, now: ManualClock) -> Account:
        return demo_account(now, seed=1)

    def test_has_about_forty_tasks_of_the_last_day(self, demo: Account) -> None:
        tasks = _all(demo)
        assert 35 <= len(tasks) <= 45
        assert all(START - DAY < task.created <= START for task in tasks)

    def test_has_every_status_kind_and_type(self, demo: Account) -> None:
        tasks = _all(demo)
        assert {task.status(START) for task in tasks} == {"wait", "process", "success", "failure", "unknow"}
        assert {task.type for task in tasks} == {"file", "dir", "m3u8", None}
        assert {(task.kind, task.is_dcdn) for task in tasks} >= {("refresh", True), ("refresh", False)}

    def test_has_active_tasks_at_different_stages(self, demo: Account) -> None:
        def percent(task: Plan) -> int:
            states = list(task.url_states(START))
            return sum(state.progress for state in states) // len(states)

        active = [percent(task) for task in _all(demo) if _is_active(task)]
        assert len(active) >= 8
        assert min(active) < 10
        assert max(active) > 60

    def test_has_failed_and_stuck_tasks(self, demo: Account) -> None:
        def counts(task: Plan) -> Counter[str]:
            return Counter(state.status for state in task.url_states(START))

        tasks = _all(demo)
        assert any(task.status(START) == "failure" and counts(task) == {"success": 27, "failure": 3} for task in tasks)
        assert any(task.status(START) == "success" and counts(task)["failure"] for task in tasks)
        stuck = [task for task in tasks if task.status(START + 7 * DAY) in {"wait", "process"}]
        assert any(task.status(START) == "process" and START - task.created > 1800 for task in stuck)

    def test_has_a_prefetch_of_over_a_hundred_urls(self, demo: Account) -> None:
        assert max(len(task.urls) for task in demo.tasks("prefetch")) > 100

    def test_hosts_are_reserved_and_some_urls_are_chinese(self, demo: Account, now: ManualClock) -> None:
        now.advance(6 * HOUR)
        all_urls = [url.url for task in _all(demo) for url in task.urls]
        assert all(str(urlsplit(url).hostname).endswith(tuple(f".{name}" for name in _RESERVED)) for url in all_urls)
        assert any("双十一" in url for url in all_urls)
        assert all(url.endswith("/") for task in _all(demo) if task.type == "dir" for url in (u.url for u in task.urls))

    def test_every_host_is_a_domain_of_the_account(self, demo: Account, now: ManualClock) -> None:
        now.advance(2 * DAY)  # some 6,000 arrivals: all places
        domains = {domain.name: domain for domain in demo.domains}
        hosts = {(str(urlsplit(url.url).hostname), task.is_dcdn) for task in _all(demo) for url in task.urls}
        odd = {name for name in domains if name.endswith(".edge.example.com")}
        assert {host for host, _ in hosts} == set(domains) - {"campaign.example.com"} - odd
        assert all(domains[host].is_dcdn == is_dcdn for host, is_dcdn in hosts)

    def test_part_of_each_quota_is_used_depending_on_the_seed(self, now: ManualClock) -> None:
        def used(seed: int) -> list[tuple[int, int, int]]:
            api = ApiCalls(Service(demo_account(now, seed)))
            states = [api.quota(domain.name) for domain in api.service.account.domains]
            return [(s["SubmitRefreshFile"], s["SubmitRefreshDir"], s["SubmitPrefetchCount"]) for s in states]

        assert used(1) == used(1)
        assert used(1) != used(2)
        assert max(used(1)) > (100, 0, 0)
        assert all(files <= 350 and dirs <= 10 and prefetches <= 1000 for files, dirs, prefetches in used(1))

    def test_failed_urls_succeed_when_submitted_again(self, demo: Account, now: ManualClock) -> None:
        api = ApiCalls(Service(demo))
        failed = {
            (task.kind, task.type, url.url) for task in _all(demo) for url in task.urls if url.outcome == "failure"
        }
        assert {kind for kind, *_ in failed} == {"refresh", "prefetch"}
        now.advance(60)
        for kind, type_, url in sorted(failed, key=str):
            now.advance(10)
            answer = api.submit_prefetch([url]) if kind == "prefetch" else api.submit_refresh([url], str(type_))
            (plan,) = demo.find(kind, [answer["TaskId"]])
            assert plan.outcome == "success"

    def test_same_seed_and_clock_make_the_same_account(self) -> None:
        def shown(seed: int) -> object:
            now = ManualClock()
            account = demo_account(now, seed)
            now.advance(HOUR)
            return _content(account)

        assert shown(3) == shown(3)
        assert shown(3) != shown(4)


class TestArrivals:
    @pytest.fixture
    def arriving(self, account: Account) -> Account:
        start_arrivals(account)
        return account

    def test_a_task_arrives_every_20_to_40_seconds(self, arriving: Account, now: ManualClock) -> None:
        assert _all(arriving) == []
        now.advance(HOUR)
        created = sorted(task.created - START for task in _all(arriving))
        gaps = [later - earlier for earlier, later in itertools.pairwise(created)]
        assert created[0] < 20
        assert min(gaps) >= 20
        assert max(gaps) <= 40
        assert len(set(gaps)) == len(gaps)

    def test_arrivals_do_not_depend_on_the_polling_rate(self, now: ManualClock) -> None:
        often = Account(now)
        start_arrivals(often)
        seldom = Account(now)
        start_arrivals(seldom)
        for _ in range(90):
            now.advance(7)
            often.tasks("refresh")
        assert _content(often) == _content(seldom)

    def test_arrivals_do_not_depend_on_added_tasks(self, arriving: Account, now: ManualClock) -> None:
        other = Account(now)
        start_arrivals(other)
        own = other.add("prefetch", ["https://dl.example.com/a.zip"])
        now.advance(600)
        other.remove(own)
        assert _content(other) == _content(arriving)

    def test_arrived_tasks_are_found_by_id(self, arriving: Account, now: ManualClock) -> None:
        now.advance(300)
        api = ApiCalls(Service(arriving))
        arrived = ids(api.refresh())
        assert arrived
        assert ids(api.refresh(TaskId=arrived)) == arrived

    def test_demo_account_always_changes(self, now: ManualClock) -> None:
        account = demo_account(now)
        for _ in range(60):
            before = _content(account)
            now.advance(30)
            assert _content(account) != before

    def test_arrivals_can_be_turned_off(self, now: ManualClock) -> None:
        account = demo_account(now, arriving=False)
        before = {task.task_id for task in _all(account)}
        now.advance(HOUR)
        assert {task.task_id for task in _all(account)} == before
