"""What follows from an account: whether a submission may be resumed, and whose keys are asked for."""

from pathlib import Path
from typing import cast

import pytest

from ucdn_tui.ui.watched_account import Account, Closable

NO_API = cast("Closable", None)


@pytest.mark.parametrize(
    ("exists", "read_only", "may_resume"),
    [(True, False, True), (False, False, False), (True, True, False), (False, True, False)],
)
def test_an_interrupted_submission_is_resumed_where_submitting_is_allowed(
    tmp_path: Path, exists: bool, read_only: bool, may_resume: bool
) -> None:
    journal = tmp_path / "journal.jsonl"
    if exists:
        journal.touch()
    account = Account("work", "", "h.test", NO_API, read_only=read_only, journal_path=journal)
    assert account.may_resume is may_resume


def test_without_a_journal_nothing_is_resumed() -> None:
    assert not Account("work", "", "h.test", NO_API).may_resume


@pytest.mark.parametrize(("in_keyring", "profile"), [(True, "work"), (False, "")])
def test_only_a_profile_in_the_keyring_is_asked_for(in_keyring: bool, profile: str) -> None:
    assert Account("work", "", "h.test", NO_API, in_keyring=in_keyring).keyring_of == profile
