"""A journal that is damaged, hostile, or cannot be written: reading never raises, and nothing is sent unrecorded."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submit.batches import FILES, NOW, PREFETCHES
from support import PATIENCE, clean_environment
from support.full_disk import files_of_at_most
from ucdn_tui.submit.journal import Journal, JournalError
from ucdn_tui.submit.records import CallState

ACCOUNT = "mine"

CALL = {"kind": "refresh", "type": "file", "host": "a.com", "dcdn": False, "urls": ["http://a.com/x"]}

PLAN: dict[str, Any] = {"event": "plan", "id": "one", "account": ACCOUNT, "at": NOW, "calls": [CALL]}

SENT: dict[str, Any] = {"event": "send", "id": "one", "call": 0, "at": NOW + 1}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "submissions.jsonl"


def journal_of(path: Path, *lines: object) -> Journal:
    """Return the journal of a file with these lines: bytes as they are, anything else as JSON."""
    written = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    path.write_bytes(b"".join(line + b"\n" for line in written))
    return Journal(path, ACCOUNT)


def read_everything(journal: Journal) -> None:
    """Call whatever reads, and what happens before a submission."""
    journal.read()
    journal.types()
    journal.doubtful(FILES.kind)
    journal.unresolved()
    journal.last_sent(FILES.kind)
    with journal.writing():
        pass


def states(journal: Journal) -> list[str]:
    return [call.state.value for each in journal.read().values() for call in each.calls]


# Damaged and hostile files


DAMAGED: list[object] = [
    b"",
    b"{",
    b"null",
    b"[1, 2]",
    b'"text"',
    b"\xff\xfe\x00{",
    b"\x00" * 100,
    b"{}",
    b"x" * 10_000_000,
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"9" * 5000,
    {"event": "plan"},
    {"event": "send"},
    {"event": "sent", "id": "one", "call": 0, "at": NOW},
    {"event": ["plan"], "id": "one", "at": NOW},
    {**PLAN, "id": None},
    {**PLAN, "id": ["two"]},
    {**PLAN, "id": {"two": 2}},
    {**PLAN, "id": "two", "at": "yesterday"},
    {**PLAN, "id": "two", "at": None},
    {**PLAN, "id": "two", "at": float("nan")},
    {**PLAN, "id": "two", "at": float("-inf")},
    {**PLAN, "id": "two", "at": 10**400},
    {**PLAN, "id": "two", "calls": None},
    {**PLAN, "id": "two", "calls": {"kind": "refresh"}},
    {**PLAN, "id": "two", "calls": [{}]},
    {**PLAN, "id": "two", "calls": [CALL, {**CALL, "kind": "purge"}]},
    {**PLAN, "id": "two", "calls": [{**CALL, "type": "folder"}]},
    {**PLAN, "id": "two", "calls": [{**CALL, "urls": 5}]},
    {**SENT, "id": "unknown"},
    {**SENT, "id": ["one"]},
    {**SENT, "event": "accepted", "call": 1},
    {**SENT, "event": "accepted", "call": -1},
    {**SENT, "event": "accepted", "call": None},
    {**SENT, "event": "accepted", "call": "x"},
    {**SENT, "event": "accepted", "call": 10**400},
    {**SENT, "event": "accepted", "call": float("inf")},
    {**SENT, "event": "accepted", "at": 10**400},
    {**SENT, "event": "accepted", "at": float("inf")},
]


@pytest.mark.parametrize("line", DAMAGED, ids=lambda line: repr(line)[:60])
def test_damaged_line_is_skipped(path: Path, line: object) -> None:
    journal = journal_of(path, line, PLAN, line, SENT, line)
    read_everything(journal)
    assert states(journal) == ["send"]
    assert list(journal.read()) == ["one"]


def test_deeply_nested_values_are_skipped(path: Path) -> None:
    """Up to the depth that `json` reads, and so to one that it reads and `str` does not write."""
    limit = sys.getrecursionlimit()
    for depth in (100, *range(limit - 150, limit, 3)):
        nested = b"[" * depth + b"]" * depth
        lines = [json.dumps({**PLAN, "id": "two", name: "@"}).encode() for name in ("account", "calls", "at")]
        lines += [json.dumps({**SENT, "event": "end", name: "@"}).encode() for name in ("id", "at")]
        lines += [json.dumps({**SENT, "event": "accepted", name: "@"}).encode() for name in ("call", "at", "event")]
        journal = journal_of(path, PLAN, SENT, *(line.replace(b'"@"', nested) for line in lines))
        read_everything(journal)
        assert states(journal) == ["send"]


def test_unreadable_lines_are_dropped_from_a_file_that_is_too_large(path: Path) -> None:
    journal = journal_of(path, *(b"x" * 5_000_000 for _ in range(2)), {**PLAN, "id": ["two"]}, PLAN, SENT)
    with journal.writing():
        assert states(journal) == ["send"]
    assert path.stat().st_size < 1000


VALUES = st.one_of(st.none(), st.booleans(), st.floats(), st.text(), st.integers(), st.lists(st.text()))


@given(VALUES, st.sampled_from([PLAN, SENT, {**SENT, "event": "accepted"}, {**SENT, "event": "end"}]), st.data())
def test_any_value_in_any_field_is_read_without_an_error(
    tmp_path_factory: pytest.TempPathFactory, value: object, line: dict[str, Any], data: st.DataObject
) -> None:
    changed = {**line, data.draw(st.sampled_from(sorted(line))): value}
    in_call = {**PLAN, "calls": [{**CALL, data.draw(st.sampled_from(sorted(CALL))): value}]}
    journal = journal_of(tmp_path_factory.getbasetemp() / "any.jsonl", PLAN, changed, SENT, in_call, SENT)
    read_everything(journal)
    for call in (call for each in journal.read().values() for call in each.calls):
        assert isinstance(call.state, CallState)
        assert isinstance(call.sent, float)


@pytest.mark.parametrize("half", [1, 40, -1])
def test_line_that_a_crash_cut_short_spoils_only_itself(path: Path, half: int) -> None:
    journal = journal_of(path, PLAN)
    path.write_bytes(path.read_bytes() + json.dumps(SENT).encode()[:half])
    with journal.writing():
        key = journal.begin([FILES], NOW)
        journal.record("one", 0, CallState.SENDING, NOW)
    assert states(Journal(path, ACCOUNT)) == states(journal) == ["send", "not-sent"]
    assert list(journal.read()) == ["one", key]


# Files that cannot be written


@pytest.mark.parametrize("room", [0, 1, 30])
def test_line_that_finds_no_room_is_not_recorded(path: Path, room: int) -> None:
    journal = journal_of(path, PLAN)
    with journal.writing():
        with files_of_at_most(path.stat().st_size + room):
            with pytest.raises(JournalError, match="Cannot write the journal") as caught:
                journal.record("one", 0, CallState.SENDING, NOW)
            assert str(path) in str(caught.value)
            with pytest.raises(JournalError):
                journal.begin([FILES], NOW)
            assert states(journal) == states(Journal(path, ACCOUNT)) == ["not-sent"]
        journal.record("one", 0, CallState.SENDING, NOW)
    assert states(journal) == states(Journal(path, ACCOUNT)) == ["send"]


@pytest.mark.parametrize("name", ["submissions.jsonl", "submissions.lock"])
def test_file_that_cannot_be_opened_keeps_everything_from_being_sent(path: Path, name: str) -> None:
    (path.parent / name).mkdir()
    journal = Journal(path, ACCOUNT)
    assert journal.read() == {}
    with pytest.raises(JournalError, match="Cannot write the journal"), journal.writing():
        raise AssertionError("the journal cannot be written")


@pytest.mark.parametrize("folder", ["/proc/ucdn-tui", "file/folder"])
def test_folder_that_cannot_be_created_keeps_everything_from_being_sent(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    journal = Journal(tmp_path / folder / "submissions.jsonl", ACCOUNT)
    with pytest.raises(JournalError, match="Cannot write the journal"), journal.writing():
        raise AssertionError("the journal cannot be written")


READ_ONLY = """
import fcntl, os, sys
from pathlib import Path
from ucdn_tui.submit.journal import Journal, JournalError
if os.geteuid() == 0:  # root may do anything
    os.seteuid(65534)
journal = Journal(Path("folder/submissions.jsonl"), "mine")
print([call.state.value for each in journal.read().values() for call in each.calls])
try:
    with journal.writing():
        print("writing")
except JournalError as error:
    print(error.title)
"""


@pytest.mark.parametrize(
    ("mode", "states_"), [(0o555, ["send"]), (0o000, [])], ids=["folder is read-only", "folder is unreadable"]
)
def test_folder_without_rights_is_read_if_possible_and_not_written(path: Path, mode: int, states_: list[str]) -> None:
    folder = path.parent / "folder"
    folder.mkdir()
    journal_of(folder / path.name, PLAN, SENT)
    path.parent.chmod(0o755)
    (folder / path.name).chmod(0o644)
    folder.chmod(mode)
    child = subprocess.run(
        [sys.executable, "-c", READ_ONLY],
        cwd=path.parent,
        env=clean_environment(),
        timeout=PATIENCE,
        capture_output=True,
        text=True,
    )
    folder.chmod(0o755)
    expected = [str(states_), "Cannot write the journal of submissions"]
    assert (child.stdout.splitlines(), child.stderr) == (expected, "")


def test_outcome_of_a_plan_that_was_removed_is_not_recorded(path: Path) -> None:
    journal = Journal(path, ACCOUNT)
    with journal.writing():
        key = journal.begin([FILES, PREFETCHES], NOW)
        path.unlink()
        with pytest.raises(JournalError, match="was removed"):
            journal.record(key, 0, CallState.SENDING, NOW)
        with pytest.raises(JournalError, match="was removed"):
            journal.end(key, NOW)
    assert journal.read() == {}
    assert not path.exists()


def test_file_that_is_replaced_by_another_of_its_size_is_read_again(path: Path) -> None:
    journal = journal_of(path, PLAN)
    assert list(journal.read()) == ["one"]
    other = path.with_name("other")
    journal_of(other, {**PLAN, "id": "two"})
    assert other.stat().st_size == path.stat().st_size
    other.replace(path)
    assert list(journal.read()) == ["two"]
