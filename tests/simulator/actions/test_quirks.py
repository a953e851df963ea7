"""Servers that differ from the documents: each quirk alone, with the rest of the answer unchanged."""

import pytest

from simulator.harness import DAY, START, ApiCalls, ids, urls
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks, Service


@pytest.fixture(autouse=True)
def _tasks(account: Account) -> None:
    """Five refreshes of two URLs, a second apart (`a` is the newest, `e` failed), and one from two days ago."""
    for number, name in enumerate("abcde"):
        failing = (1,) if name == "e" else ()
        account.add("refresh", urls(2), task_id=name, created=START - 600 - number, queue=1, work=9, failing=failing)
    account.add("refresh", urls(2), task_id="old", created=START - 2 * DAY)


def _quirky(account: Account, **quirks: object) -> ApiCalls:
    return ApiCalls(Service(account, quirks=Quirks(**quirks)))


@pytest.mark.parametrize(
    ("name", "params", "documented", "with_quirk"),
    [
        ("Limit", {"Limit": 2}, "ab", "abcde"),
        ("Offset", {"Offset": 1, "Limit": 2}, "bc", "ab"),
        ("TaskId", {"TaskId": ["b", "d"]}, "bd", "abcde"),
        ("Status", {"Status": "failure"}, "e", "abcde"),
        ("EndTime", {"BeginTime": int(START) - 900, "EndTime": int(START) - 603}, "de", "abcde"),
    ],
)
def test_server_can_ignore_a_parameter(
    account: Account, name: str, params: dict[str, object], documented: str, with_quirk: str
) -> None:
    assert ids(_quirky(account).refresh(**params)) == list(documented)
    assert ids(_quirky(account, ignores=frozenset({name})).refresh(**params)) == list(with_quirk)


def test_ignoring_begin_time_lists_all_tasks(account: Account) -> None:
    api = _quirky(account, ignores=frozenset({"BeginTime"}))
    assert ids(api.refresh()) == [*"abcde", "old"]
    assert ids(api.refresh(BeginTime=int(START) - 601, EndTime=int(START) - 602)) == [*"cde", "old"]


def test_ignoring_is_dcdn_lists_whole_site_and_other_tasks(account: Account) -> None:
    account.add("refresh", urls(1), task_id="whole", created=START - 602.5, is_dcdn=True)
    api = _quirky(account, ignores=frozenset({"IsDcdn"}))
    both = ["a", "b", "c", "whole", "d", "e"]
    assert ids(api.refresh()) == ids(api.refresh(IsDcdn="true")) == both
    assert ids(api.refresh(TaskId=["whole", "a"])) == ["a", "whole"]


def test_server_can_cap_the_page_size(account: Account) -> None:
    api = _quirky(account, page_cap=2)
    assert ids(api.refresh()) == ids(api.refresh(Limit=4)) == ["a", "b"]
    assert ids(api.refresh(Limit=1)) == ["a"]
    assert ids(api.refresh(Offset=4)) == ["e"]
    assert api.refresh()["TotalCount"] == 5


def test_total_count_can_count_urls(account: Account) -> None:
    assert _quirky(account, total_count="urls").refresh(Limit=1)["TotalCount"] == 10


def test_total_count_can_be_absent(account: Account) -> None:
    assert "TotalCount" not in _quirky(account, total_count="absent").refresh()


def test_server_can_list_oldest_first(account: Account) -> None:
    api = _quirky(account, oldest_first=True)
    assert ids(api.refresh(Offset=1, Limit=3)) == ["d", "c", "b"]
    assert ids(api.refresh(TaskId=["a", "c"])) == ["c", "a"]


def test_task_ids_can_match_outside_the_window(account: Account) -> None:
    assert ids(_quirky(account).refresh(TaskId=["old"])) == []
    assert ids(_quirky(account, window_narrows_task_ids=False).refresh(TaskId=["old"])) == ["old"]
