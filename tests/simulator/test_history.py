"""Accounts with a past: large ones for measuring, the demonstration's, and what goes on arriving."""

import itertools
from collections import Counter
from urllib.parse import urlsplit

import pytest

from simulator.requests import DAY, HOUR, START, Ask, Now, ids
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.history import demo_account, populate, start_arrivals
from ucdn_tui.simulator.plan import Plan
from ucdn_tui.simulator.service import Service

_RESERVED = ("example.com", "example.net", "example.org")


def _all(account: Account) -> list[Plan]:
    return [*account.tasks("refresh", None), *account.tasks("prefetch", None)]


def _told(account: Account) -> object:
    """Return everything that the account would tell now."""
    now = account.now()
    return [(task.task_id, task.status(now), list(task.url_states(now))) for task in _all(account)]


def _is_active(task: Plan) -> bool:
    return task.status(START) in {"wait", "process"}


class TestPopulating:
    def test_it_makes_as_many_tasks_and_urls_as_asked(self, account: Account) -> None:
        populate(account, tasks=300, urls=7)
        assert len(_all(account)) == 300
        assert {len(list(task.url_states(START))) for task in _all(account)} == {7}

    def test_as_many_are_active_as_asked_and_all_others_have_ended(self, account: Account) -> None:
        populate(account, tasks=300, urls=4, active=0.1)
        assert sum(map(_is_active, _all(account))) == 30
        assert all(task.outcome in {"success", "failure", "unknow"} for task in _all(account))

    def test_it_all_lies_within_the_day_that_the_api_looks_back(self, account: Account, ask: Ask, now: Now) -> None:
        populate(account, tasks=300, urls=1)
        now.later(HOUR - 60)
        assert ask.refresh()["TotalCount"] + ask.prefetch()["TotalCount"] == 300

    def test_tasks_fail_wholly_and_in_part(self, account: Account) -> None:
        populate(account, tasks=500, urls=10, active=0)
        failed = Counter(sum(url.outcome == "failure" for url in task.urls) for task in _all(account))
        assert set(failed) == {0, 1, 10}
        assert failed[0] > 400
        by_own_status = {task.outcome for task in _all(account) if "failure" in {url.outcome for url in task.urls}}
        assert by_own_status == {"failure", "success"}

    def test_ten_thousand_tasks_of_a_hundred_urls_are_answered_by_the_page(self, account: Account, ask: Ask) -> None:
        populate(account, tasks=10_000, urls=100)
        total = ask.refresh(Limit=0)["TotalCount"]
        seen: list[str] = []
        for offset in range(0, total - 3, 1000):
            answer = ask.refresh(Offset=offset, Limit=3)
            seen += ids(answer)
            assert [len(task["UrlLists"]) for task in answer["TaskList"]] == [100] * 3
        assert len(set(seen)) == len(seen) > 15

    def test_a_page_works_out_none_but_its_own_tasks(
        self, account: Account, ask: Ask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        populate(account, tasks=200, urls=2)
        worked_out: list[str] = []
        original = Plan.url_states

        def counted(self: Plan, now: float) -> object:
            worked_out.append(self.task_id)
            return original(self, now)

        monkeypatch.setattr(Plan, "url_states", counted)
        assert worked_out == ids(ask.refresh(Offset=20, Limit=5, Status="success"))

    @pytest.mark.parametrize("wrong", [{"active": 1.5}, {"active": -0.1}, {"span": 60}])
    def test_an_impossible_history_is_refused(self, account: Account, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError):
            populate(account, tasks=10, urls=1, **wrong)


class TestDemonstration:
    @pytest.fixture
    def demo(self, now: Now) -> Account:
        return demo_account(now, seed=1)

    def test_it_has_some_forty_tasks_of_the_last_day(self, demo: Account) -> None:
        tasks = _all(demo)
        assert 35 <= len(tasks) <= 45
        assert all(START - DAY < task.created <= START for task in tasks)

    def test_it_has_every_status_and_every_sort(self, demo: Account) -> None:
        tasks = _all(demo)
        assert {task.status(START) for task in tasks} == {"wait", "process", "success", "failure", "unknow"}
        assert {task.type for task in tasks} == {"file", "dir", "m3u8", None}
        assert {(task.kind, task.is_dcdn) for task in tasks} >= {("refresh", True), ("refresh", False)}

    def test_several_tasks_are_under_way_at_different_stages(self, demo: Account) -> None:
        def per_cent(task: Plan) -> int:
            states = list(task.url_states(START))
            return sum(state.progress for state in states) // len(states)

        active = [per_cent(task) for task in _all(demo) if _is_active(task)]
        assert len(active) >= 8
        assert min(active) < 10
        assert max(active) > 60

    def test_it_shows_what_can_go_wrong(self, demo: Account) -> None:
        def counts(task: Plan) -> Counter[str]:
            return Counter(state.status for state in task.url_states(START))

        tasks = _all(demo)
        assert any(task.status(START) == "failure" and counts(task) == {"success": 27, "failure": 3} for task in tasks)
        assert any(task.status(START) == "success" and counts(task)["failure"] for task in tasks)
        stuck = [task for task in tasks if task.status(START + 7 * DAY) in {"wait", "process"}]
        assert any(task.status(START) == "process" and START - task.created > 1800 for task in stuck)

    def test_it_has_a_prefetch_of_over_a_hundred_urls(self, demo: Account) -> None:
        assert max(len(task.urls) for task in demo.tasks("prefetch")) > 100

    def test_its_hosts_belong_to_nobody_and_some_urls_are_chinese(self, demo: Account, now: Now) -> None:
        now.later(6 * HOUR)
        every = [url.url for task in _all(demo) for url in task.urls]
        assert all(str(urlsplit(url).hostname).endswith(tuple(f".{name}" for name in _RESERVED)) for url in every)
        assert any("双十一" in url for url in every)
        assert all(url.endswith("/") for task in _all(demo) if task.type == "dir" for url in (u.url for u in task.urls))

    def test_the_same_seed_and_clock_show_the_same(self) -> None:
        def shown(seed: int) -> object:
            now = Now()
            account = demo_account(now, seed)
            now.later(HOUR)
            return _told(account)

        assert shown(3) == shown(3)
        assert shown(3) != shown(4)


class TestArrivals:
    @pytest.fixture
    def arriving(self, account: Account) -> Account:
        start_arrivals(account)
        return account

    def test_a_new_task_comes_every_20_to_40_seconds(self, arriving: Account, now: Now) -> None:
        assert _all(arriving) == []
        now.later(HOUR)
        created = sorted(task.created - START for task in _all(arriving))
        gaps = [later - earlier for earlier, later in itertools.pairwise(created)]
        assert created[0] < 20
        assert min(gaps) >= 20
        assert max(gaps) <= 40
        assert len(set(gaps)) == len(gaps)

    def test_how_often_one_looks_changes_nothing(self, now: Now) -> None:
        often = Account(now)
        start_arrivals(often)
        seldom = Account(now)
        start_arrivals(seldom)
        for _ in range(90):
            now.later(7)
            often.tasks("refresh")
        assert _told(often) == _told(seldom)

    def test_adding_tasks_changes_none_that_arrive(self, arriving: Account, now: Now) -> None:
        other = Account(now)
        start_arrivals(other)
        own = other.add("prefetch", ["https://dl.example.com/a.zip"])
        now.later(600)
        other.remove(own)
        assert _told(other) == _told(arriving)

    def test_what_has_arrived_is_found_by_its_id(self, arriving: Account, now: Now) -> None:
        now.later(300)
        ask = Ask(Service(arriving))
        arrived = ids(ask.refresh())
        assert arrived
        assert ids(ask.refresh(TaskId=arrived)) == arrived

    def test_something_is_always_moving(self, now: Now) -> None:
        account = demo_account(now)
        for _ in range(60):
            before = _told(account)
            now.later(30)
            assert _told(account) != before

    def test_an_account_can_do_without(self, now: Now) -> None:
        account = demo_account(now, arriving=False)
        before = {task.task_id for task in _all(account)}
        now.later(HOUR)
        assert {task.task_id for task in _all(account)} == before
