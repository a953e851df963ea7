"""The tasks of an account: adding, finding, removing, and drawing them from a seed."""

import re
from datetime import UTC, datetime

import pytest

from simulator.harness import HOUR, START, ManualClock, urls
from ucdn_tui.simulator.account import Account, Project, ScaledClock


def _ids(account: Account, **where: object) -> list[str]:
    return [task.task_id for task in account.tasks("refresh", **where)]


def test_tasks_are_listed_newest_first(account: Account) -> None:
    for name, ago in (("middle", 20), ("newest", 10), ("oldest", 30)):
        account.add("refresh", urls(1), task_id=name, created=START - ago)
    assert _ids(account) == ["newest", "middle", "oldest"]


def test_window_includes_both_ends(account: Account) -> None:
    for offset in range(5):
        account.add("refresh", urls(1), task_id=str(offset), created=START - 10 + offset + 0.5)
    assert _ids(account, begin=START - 9, end=START - 7) == ["3", "2", "1"]


def test_future_tasks_appear_at_their_creation_time(account: Account, now: ManualClock) -> None:
    account.add("refresh", urls(1), task_id="soon", created=START + 10)
    assert _ids(account) == []
    assert account.find("refresh", ["soon"]) == []
    now.advance(10)
    assert _ids(account) == ["soon"]
    assert [task.task_id for task in account.find("refresh", ["soon"])] == ["soon"]


def test_removed_tasks_are_not_found(account: Account) -> None:
    remaining, removed = account.add("refresh", urls(2)), account.add("refresh", urls(2))
    account.remove(removed)
    assert _ids(account) == [remaining]
    assert account.find("refresh", [removed]) == []
    with pytest.raises(KeyError):
        account.remove(removed)


def test_task_ids_are_unique_within_a_kind(account: Account) -> None:
    account.add("refresh", urls(1), task_id="twin")
    account.add("prefetch", urls(1), task_id="twin")
    with pytest.raises(ValueError, match="already"):
        account.add("refresh", urls(1), task_id="twin")
    account.remove("twin")
    assert account.find("refresh", ["twin"]) == account.find("prefetch", ["twin"]) == []


def test_task_id_starts_with_the_vendors_local_time(account: Account) -> None:
    created = datetime(2019, 1, 21, 3, 11, 37, tzinfo=UTC).timestamp()
    assert re.fullmatch(r"20190121111137_[0-9a-f]{8}", account.add("refresh", urls(1), created=created))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("prefetch", {"type": "file"}),
        ("refresh", {"failing": (2,)}),
        ("refresh", {"stuck": (-1,)}),
        ("refresh", {"project_id": "org-none"}),
    ],
)
def test_invalid_tasks_are_rejected(account: Account, kind: str, options: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        account.add(kind, urls(2), **options)
    assert account.tasks("refresh", None) == account.tasks("prefetch", None) == []


def test_same_seed_makes_the_same_account() -> None:
    def grown(seed: int) -> list[object]:
        account = Account(ManualClock(), seed=seed)
        for count in (1, 5, 20):
            account.add("prefetch", urls(count), failing=(0,))
        states = [list(task.url_states(START + 200)) for task in account.tasks("prefetch")]
        return [account.public_key, account.private_key, [task.task_id for task in account.tasks("prefetch")], states]

    assert grown(7) == grown(7)
    assert all(one != other for one, other in zip(grown(7), grown(8), strict=True))


def test_given_keys_are_used_and_change_no_task(now: ManualClock) -> None:
    own = Account(now, public_key="mine", private_key="hush")
    assert (own.public_key, own.private_key) == ("mine", "hush")
    assert own.add("refresh", urls(1)) == Account(now).add("refresh", urls(1))


def test_private_key_is_not_in_repr(account: Account) -> None:
    account.add("refresh", urls(1))
    assert account.private_key not in repr(account)
    assert account.private_key not in str(account)


def test_first_project_is_the_default(now: ManualClock) -> None:
    account = Account(now, projects=[Project("org-b", "B"), Project("org-a", "A")])
    account.add("refresh", urls(1), task_id="in b")
    account.add("refresh", urls(1), task_id="in a", project_id="org-a")
    assert _ids(account) == _ids(account, project_id="org-b") == ["in b"]
    assert _ids(account, project_id="org-a") == ["in a"]


def test_scaled_clock_runs_faster_from_the_same_start(now: ManualClock) -> None:
    fast = ScaledClock(now, 60)
    assert fast() == START
    now.advance(60)
    assert fast() == START + HOUR


def test_faster_clock_finishes_tasks_sooner(now: ManualClock) -> None:
    account = Account(ScaledClock(now, 10))
    account.add("refresh", urls(3), queue=10, work=50)
    now.advance(5.9)
    assert account.tasks("refresh")[0].status(account.now()) == "process"
    now.advance(0.1)
    assert account.tasks("refresh")[0].status(account.now()) == "success"


def test_failing_urls_are_those_of_one_kind_that_fail(account: Account) -> None:
    account.add("refresh", urls(5), failing=(1,), stuck=(2,), unknown=(3,))
    account.add("prefetch", urls(5), failing=(4,))
    assert account.failing_urls("refresh") == {urls(5)[1]}
    assert account.failing_urls("prefetch") == {urls(5)[4]}
