"""Servers that are not as documented: each oddity on its own, the rest of the answer untouched."""

import pytest

from simulator.requests import DAY, START, Ask, ids, urls
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.service import Quirks, Service


@pytest.fixture(autouse=True)
def _tasks(account: Account) -> None:
    """Five refreshes of two URLs, a second apart, `a` the newest, `e` a failure; and one of two days ago."""
    for number, name in enumerate("abcde"):
        failing = (1,) if name == "e" else ()
        account.add("refresh", urls(2), task_id=name, created=START - 600 - number, queue=1, work=9, failing=failing)
    account.add("refresh", urls(2), task_id="old", created=START - 2 * DAY)


def _odd(account: Account, **quirks: object) -> Ask:
    return Ask(Service(account, quirks=Quirks(**quirks)))


@pytest.mark.parametrize(
    ("name", "params", "documented", "odd"),
    [
        ("Limit", {"Limit": 2}, "ab", "abcde"),
        ("Offset", {"Offset": 1, "Limit": 2}, "bc", "ab"),
        ("TaskId", {"TaskId": ["b", "d"]}, "bd", "abcde"),
        ("Status", {"Status": "failure"}, "e", "abcde"),
        ("EndTime", {"BeginTime": int(START) - 900, "EndTime": int(START) - 603}, "de", "abcde"),
    ],
)
def test_a_parameter_can_be_ignored(
    account: Account, name: str, params: dict[str, object], documented: str, odd: str
) -> None:
    assert ids(_odd(account).refresh(**params)) == list(documented)
    assert ids(_odd(account, ignores=frozenset({name})).refresh(**params)) == list(odd)


def test_a_server_that_ignores_begin_time_lists_all_there_ever_was(account: Account) -> None:
    ask = _odd(account, ignores=frozenset({"BeginTime"}))
    assert ids(ask.refresh()) == [*"abcde", "old"]
    assert ids(ask.refresh(BeginTime=int(START) - 601, EndTime=int(START) - 602)) == [*"cde", "old"]


def test_a_server_that_ignores_is_dcdn_lists_both_sorts_either_way(account: Account) -> None:
    account.add("refresh", urls(1), task_id="whole", created=START - 602.5, is_dcdn=True)
    ask = _odd(account, ignores=frozenset({"IsDcdn"}))
    both = ["a", "b", "c", "whole", "d", "e"]
    assert ids(ask.refresh()) == ids(ask.refresh(IsDcdn="true")) == both
    assert ids(ask.refresh(TaskId=["whole", "a"])) == ["a", "whole"]


def test_a_server_can_cap_its_pages_whatever_the_limit(account: Account) -> None:
    ask = _odd(account, page_cap=2)
    assert ids(ask.refresh()) == ids(ask.refresh(Limit=4)) == ["a", "b"]
    assert ids(ask.refresh(Limit=1)) == ["a"]
    assert ids(ask.refresh(Offset=4)) == ["e"]
    assert ask.refresh()["TotalCount"] == 5


def test_a_server_can_count_urls_for_tasks(account: Account) -> None:
    assert _odd(account, total_count="urls").refresh(Limit=1)["TotalCount"] == 10


def test_a_server_can_leave_the_count_out(account: Account) -> None:
    assert "TotalCount" not in _odd(account, total_count="absent").refresh()


def test_a_server_can_list_the_oldest_first(account: Account) -> None:
    ask = _odd(account, oldest_first=True)
    assert ids(ask.refresh(Offset=1, Limit=3)) == ["d", "c", "b"]
    assert ids(ask.refresh(TaskId=["a", "c"])) == ["c", "a"]


def test_a_server_can_find_task_ids_beyond_the_window(account: Account) -> None:
    assert ids(_odd(account).refresh(TaskId=["old"])) == []
    assert ids(_odd(account, window_narrows_task_ids=False).refresh(TaskId=["old"])) == ["old"]
