"""A journal that is too large: what is dropped, and what is kept whatever its size."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from submit.batches import NOW, PREFETCHES
from ucdn_tui.submit import journal
from ucdn_tui.submit.journal import DOUBT_LIMIT, Journal

ACCOUNT = "mine"

COUNT_LIMIT = 20

SIZE_LIMIT = 100_000


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "COUNT_LIMIT", COUNT_LIMIT)
    monkeypatch.setattr(journal, "SIZE_LIMIT", SIZE_LIMIT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "submissions.jsonl"


def plan(key: str, at: float = NOW, *, size: int = 10, account: str = ACCOUNT, kind: str = "refresh") -> dict[str, Any]:
    urls = [f"http://a.com/{key}/{'x' * size}"]
    call = {"kind": kind, "type": "file" if kind == "refresh" else "", "host": "a.com", "dcdn": False, "urls": urls}
    return {"event": "plan", "id": key, "account": account, "at": at, "calls": [call]}


def record(event: str, key: str, at: float = NOW) -> dict[str, Any]:
    return {"event": event, "id": key, "call": 0, "at": at}


def write(path: Path, events: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps({"schema": 1, **event}) + "\n" for event in events), encoding="utf-8")


def compacted(path: Path) -> list[str]:
    """Return the ids that are left once a submission begins."""
    with Journal(path, ACCOUNT).writing():
        pass
    return list(Journal(path, ACCOUNT).read())


def names(*numbers: int) -> list[str]:
    return [f"id{number}" for number in range(*numbers)]


def test_file_within_the_limits_stays_as_it_is(path: Path) -> None:
    write(path, [*map(plan, names(COUNT_LIMIT - 1)), plan("large", size=SIZE_LIMIT // 2), {"event": "of the future"}])
    before = path.stat()
    assert len(compacted(path)) == COUNT_LIMIT
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_newest_half_is_kept_if_there_are_too_many(path: Path) -> None:
    events = [event for key in names(COUNT_LIMIT + 1) for event in (plan(key), record("accepted", key))]
    write(path, events)
    assert compacted(path) == names(COUNT_LIMIT // 2 + 1, COUNT_LIMIT + 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert kept == [{"schema": 1, **event} for event in events[-COUNT_LIMIT:]]


def test_newest_are_kept_up_to_half_of_the_size(path: Path) -> None:
    write(path, [plan(key, size=SIZE_LIMIT // 10) for key in names(11)])
    assert compacted(path) == names(7, 11)
    assert path.stat().st_size < SIZE_LIMIT // 2


@pytest.mark.parametrize("state", ["send", "unknown"])
@pytest.mark.parametrize("account", [ACCOUNT, "another"])
def test_call_without_an_outcome_is_kept_for_a_week(path: Path, state: str, account: str) -> None:
    events = []
    for key, age in (("week", DOUBT_LIMIT + 1), ("days", DOUBT_LIMIT - 1)):
        events += [plan(key, NOW - age, account=account), record(state, key)]
    write(path, [*events, *map(plan, names(COUNT_LIMIT))])
    with Journal(path, account).writing():
        pass
    left = Journal(path, account)
    assert [key for key in left.read() if key[:2] != "id"] == ["days"]
    assert [key for key, _number, _call in left.unresolved()] == ["days"]


@pytest.mark.parametrize("state", ["accepted", "refused", "absent", "not-sent"])
def test_old_call_with_an_outcome_is_dropped(path: Path, state: str) -> None:
    write(path, [plan("old"), record("send", "old"), record(state, "old"), *map(plan, names(COUNT_LIMIT))])
    assert "old" not in compacted(path)


@pytest.mark.parametrize("size", [SIZE_LIMIT // 2 + 1, 2 * SIZE_LIMIT])
def test_newest_is_kept_whatever_its_size(path: Path, size: int) -> None:
    """It has the types of tasks that run now, and the time of the last prefetch call."""
    large = plan("newest", size=size, kind="prefetch")
    write(path, [*map(plan, names(COUNT_LIMIT)), large, record("send", "newest"), record("accepted", "newest")])
    assert compacted(path) == ["newest"]
    assert Journal(path, ACCOUNT).last_sent(PREFETCHES.kind) == NOW
    before = path.stat()
    assert compacted(path) == ["newest"]
    assert path.stat().st_mtime_ns == before.st_mtime_ns, "it cannot become smaller, and was written again"


def test_reader_of_another_instance_sees_the_compacted_file(path: Path) -> None:
    write(path, list(map(plan, names(COUNT_LIMIT + 1))))
    reader = Journal(path, ACCOUNT)
    assert len(reader.read()) == COUNT_LIMIT + 1
    compacted(path)
    assert len(reader.read()) == COUNT_LIMIT // 2
