"""What the journal remembers, for each account, from one start to the next."""

import os
import stat
from pathlib import Path

import pytest

from submit.batches import FILES, MINUTES_AGO, NOW, PREFETCHES, batch, prefetch
from ucdn_tui.submit.journal import Journal
from ucdn_tui.submit.records import DOUBTFUL, CallState

ACCOUNT = "api.example.com org-1 0123"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "submissions.jsonl"


@pytest.fixture
def journal(path: Path) -> Journal:
    return Journal(path, ACCOUNT)


def again(path: Path) -> Journal:
    """Return what another start reads from the file."""
    return Journal(path, ACCOUNT)


def states(journal: Journal) -> list[list[str]]:
    return [[call.state.value for call in each.calls] for each in journal.read().values()]


def test_missing_file_is_an_empty_journal_and_reading_creates_nothing(journal: Journal, path: Path) -> None:
    assert journal.read() == {}
    assert (journal.types(), journal.doubtful(FILES.kind), journal.unresolved()) == ({}, frozenset(), [])
    assert journal.last_sent(FILES.kind) == 0
    assert not path.parent.exists()


def test_another_start_reads_what_was_written(journal: Journal, path: Path) -> None:
    dcdn = batch("http://dcdn.com/中文?x=\"'\\", is_dcdn=True)
    with journal.writing():
        key = journal.begin([FILES, PREFETCHES, dcdn], NOW)
        journal.record(key, 0, CallState.SENDING, NOW + 1)
        journal.record(key, 0, CallState.ACCEPTED, NOW + 2, task_id="task-1")
        journal.record(key, 1, CallState.SENDING, NOW + 3)
        journal.record(key, 1, CallState.REFUSED, NOW + 4, reason="Rate limited\n (RetCode 153)")
    for reader in (journal, again(path)):
        (submission,) = reader.read().values()
        assert (submission.id, submission.account, submission.created) == (key, ACCOUNT, NOW)
        assert [call.batch for call in submission.calls] == [FILES, PREFETCHES, dcdn]
        assert [call.state for call in submission.calls] == ["accepted", "refused", "not-sent"]
        assert [call.sent for call in submission.calls] == [NOW + 1, NOW + 3, 0]
        assert [call.task_id for call in submission.calls] == ["task-1", "", ""]
        assert [call.reason for call in submission.calls] == ["", "Rate limited\n (RetCode 153)", ""]
        assert not submission.is_over
    with journal.writing():
        journal.end(key, NOW + 5)
    assert [each.is_over for each in again(path).read().values()] == [True]


def test_file_and_folder_are_for_the_user_only(journal: Journal, path: Path) -> None:
    before = os.umask(0)
    try:
        with journal.writing():
            journal.begin([FILES], NOW)
    finally:
        os.umask(before)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (path.parent, *path.parent.iterdir())}
    assert modes == {"state": 0o700, "submissions.jsonl": 0o600, "submissions.lock": 0o600}


def test_changes_of_another_instance_are_seen(journal: Journal, path: Path) -> None:
    assert journal.read() == {}
    other = again(path)
    with other.writing():
        first = other.begin([FILES], NOW)
    assert list(journal.read()) == [first]
    with other.writing():
        other.record(first, 0, CallState.SENDING, NOW)
    assert states(journal) == [["send"]]


def test_changes_of_another_instance_are_seen_even_if_they_came_just_before_ones_own(path: Path) -> None:
    """Nothing was read between the two: the file's size alone does not tell."""
    journal, other = again(path), again(path)
    with journal.writing():
        first = journal.begin([FILES], NOW)
    with other.writing():
        second = other.begin([FILES], NOW)
    with journal.writing():
        third = journal.begin([FILES], NOW)
    assert list(journal.read()) == [first, second, third]


def test_accounts_do_not_see_each_others_submissions(path: Path) -> None:
    mine, other = Journal(path, "mine"), Journal(path, "other")
    for journal in (mine, other):
        with journal.writing():
            key = journal.begin([FILES, PREFETCHES], NOW)
            journal.record(key, 0, CallState.ACCEPTED, NOW, task_id=f"task of {journal.read()[key].account}")
            journal.record(key, 1, CallState.SENDING, NOW)
    for journal, name in ((mine, "mine"), (other, "other")):
        assert [each.account for each in journal.read().values()] == [name]
        assert journal.types() == {f"task of {name}": "file"}
        assert len(journal.unresolved()) == 1
    nobody = Journal(path, "nobody")
    assert (nobody.read(), nobody.types(), nobody.doubtful(FILES.kind)) == ({}, {}, frozenset())
    assert nobody.last_sent(PREFETCHES.kind) == 0


def test_types_are_those_of_accepted_calls_that_have_one(journal: Journal, path: Path) -> None:
    directory, playlist = batch("http://a.com/d/", type_="dir"), batch("http://a.com/x.m3u8", type_="m3u8")
    batches = [FILES, directory, playlist, PREFETCHES, FILES]
    with journal.writing():
        key = journal.begin(batches, NOW)
        for number in range(4):
            journal.record(key, number, CallState.ACCEPTED, NOW, task_id=f"task-{number}")
        journal.record(key, 4, CallState.ACCEPTED, NOW)
    assert again(path).types() == {"task-0": "file", "task-1": "dir", "task-2": "m3u8"}


def test_urls_of_calls_without_a_known_outcome_are_doubtful(journal: Journal, path: Path) -> None:
    every = list(CallState)
    with journal.writing():
        key = journal.begin([batch(f"https://{state.upper()}.com:443/X") for state in every], NOW)
        for number, state in enumerate(every):
            journal.record(key, number, state, NOW)
    doubtful = {f"{state.value}.com/X" for state in every if state in DOUBTFUL}
    assert again(path).doubtful(FILES.kind) == doubtful == {"send.com/X", "unknown.com/X", "absent.com/X"}
    unresolved = [(key, every[number], call.state) for key, number, call in again(path).unresolved()]
    assert unresolved == [(key, state, state) for state in (CallState.SENDING, CallState.UNKNOWN)]


def test_url_is_doubtful_no_longer_once_another_call_with_it_was_accepted(journal: Journal, path: Path) -> None:
    both = batch("http://img.example.com/one", "http://img.example.com/two")
    one = batch("https://img.example.com/one")
    with journal.writing():
        key = journal.begin([both, prefetch(*both.urls), one, one], NOW)
        for number in (0, 1):
            journal.record(key, number, CallState.ABSENT, NOW)
        journal.record(key, 2, CallState.REFUSED, NOW)
        assert again(path).doubtful(both.kind) == {"img.example.com/one", "img.example.com/two"}
        journal.record(key, 3, CallState.ACCEPTED, NOW)
    assert again(path).doubtful(both.kind) == {"img.example.com/two"}
    assert again(path).doubtful(PREFETCHES.kind) == {"img.example.com/one", "img.example.com/two"}


def test_last_sent_is_that_of_the_newest_call_of_a_kind(journal: Journal, path: Path) -> None:
    with journal.writing():
        first = journal.begin([PREFETCHES, FILES, PREFETCHES], NOW)
        second = journal.begin([PREFETCHES], NOW)
        journal.record(second, 0, CallState.SENDING, NOW + 20)
        journal.record(first, 0, CallState.SENDING, NOW + 10)
        journal.record(first, 1, CallState.SENDING, NOW + 30)
        journal.record(second, 0, CallState.REFUSED, NOW + 40)
    assert again(path).last_sent(PREFETCHES.kind) == NOW + 20
    assert again(path).last_sent(FILES.kind) == NOW + 30


def test_journal_without_a_path_remembers_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    journal = Journal(None, ACCOUNT)
    with journal.writing():
        key = journal.begin([FILES], MINUTES_AGO)
        journal.record(key, 0, CallState.ACCEPTED, NOW, task_id="task-1")
        journal.end(key, NOW)
    assert states(journal) == [["accepted"]]
    assert Journal(None, ACCOUNT).read() == {}
    assert sorted(tmp_path.rglob("*")) == before
