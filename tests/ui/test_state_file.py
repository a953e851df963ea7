"""StateFile: saving, reading, several instances, broken files; and the counts of hints."""

import json
from pathlib import Path

import pytest

from ucdn_tui.ui.ui_state import SHOWINGS, StateFile, UiState

CHOSEN = UiState(column="url", reverse=False, following=True, window=3600.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "screen.json"


def save(path: Path, account: str, state: UiState) -> None:
    state_file = StateFile(path)
    state_file.save_ui_state(account, state)
    state_file.save()


class TestStateFile:
    def test_has_the_state_of_each_account(self, path: Path) -> None:
        save(path, "one", CHOSEN)
        save(path, "two", UiState(url_reverse=True))
        state_file = StateFile(path)
        assert state_file.ui_state("one") == CHOSEN
        assert state_file.ui_state("two") == UiState(url_reverse=True)
        assert state_file.ui_state("three") == UiState()

    def test_is_readable_by_its_owner_only(self, path: Path) -> None:
        state_file = StateFile(path)
        state_file.save_theme("nord")
        state_file.save()
        assert path.stat().st_mode & 0o077 == 0
        assert [file.name for file in path.parent.iterdir()] == [path.name]

    def test_works_without_a_path(self) -> None:
        state_file = StateFile(None)
        state_file.save_theme("nord")
        state_file.save_ui_state("one", CHOSEN)
        assert (state_file.theme, state_file.ui_state("one")) == ("nord", CHOSEN)

    def test_is_not_overwritten_by_another_instance(self, path: Path) -> None:
        first, second = StateFile(path), StateFile(path)
        first.save_ui_state("one", CHOSEN)
        first.save()
        second.save_theme("nord")
        second.save()
        first.save_ui_state("two", CHOSEN)
        second.save_ui_state("three", CHOSEN)
        second.save()
        first.save()
        state_file = StateFile(path)
        assert state_file.theme == "nord"
        assert [state_file.ui_state(name) for name in ("one", "two", "three")] == [CHOSEN] * 3

    def test_keeps_the_hints_counted_by_another_instance(self, path: Path) -> None:
        first, second = StateFile(path), StateFile(path)
        first.hint_used("help")
        first.save()
        second.hint_shown("help")
        second.hint_shown("find")
        second.save()
        assert not StateFile(path).wants_hint("help")

    def test_keeps_fields_changed_by_another_instance(self, path: Path) -> None:
        first, second = StateFile(path), StateFile(path)
        first.save_ui_state("one", UiState(window=3600.0))
        first.save()
        second.save_ui_state("one", UiState(reverse=False))
        second.save()
        assert StateFile(path).ui_state("one") == UiState(window=3600.0, reverse=False)
        assert second.ui_state("one") == UiState(reverse=False), "its own screen does not change"
        second.save_ui_state("one", UiState(reverse=False, following=True))
        second.save()
        assert StateFile(path).ui_state("one") == UiState(window=3600.0, reverse=False, following=True)
        first.save_ui_state("one", UiState(window=900.0))
        first.save()
        assert StateFile(path).ui_state("one") == UiState(window=900.0, reverse=False, following=True)

    def test_has_the_last_change_of_two_instances(self, path: Path) -> None:
        first, second = StateFile(path), StateFile(path)
        first.save_ui_state("one", UiState(column="urls"))
        second.save_ui_state("one", UiState(column="time"))
        second.save_ui_state("one", UiState())
        first.save()
        second.save()
        assert StateFile(path).ui_state("one") == UiState()

    def test_is_written_after_a_second_without_changes(self, path: Path) -> None:
        state_file = StateFile(path)
        for column in ("urls", "time", "url"):
            state_file.save_ui_state("one", UiState(column=column))
            state_file.tick()
            assert not path.exists()
        state_file.tick()
        assert StateFile(path).ui_state("one") == UiState(column="url")

    def test_is_not_written_without_changes(self, path: Path) -> None:
        save(path, "one", CHOSEN)
        state_file = StateFile(path)
        path.unlink()
        state_file.save_ui_state("one", CHOSEN)
        for _ in range(3):
            state_file.tick()
        state_file.save()
        assert not path.exists()

    def test_is_written_at_the_next_change_after_a_failure(self, path: Path, caplog: pytest.LogCaptureFixture) -> None:
        path.parent.write_text("")
        state_file = StateFile(path)
        caplog.clear()
        state_file.save_theme("nord")
        for _ in range(5):
            state_file.tick()
        assert caplog.text.count("UI state not saved") == 1
        path.parent.unlink()
        state_file.save_ui_state("one", CHOSEN)
        for _ in range(5):
            state_file.tick()
        assert (StateFile(path).theme, StateFile(path).ui_state("one")) == ("nord", CHOSEN)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff\xfe\x00",
            b"{",
            b"[]",
            b'{"theme": 3}',
            b'{"theme": "\\ud800"}',
            b'{"hints": {"help": "often"}}',
            b'{"accounts": {"one": null}}',
            b'{"accounts": {"one": {"column": ["url"]}}}',
            b'{"accounts": {"one": {"window": 1e999}}}',
            pytest.param(
                b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
                id="very deep",
            ),
        ],
    )
    def test_counts_as_empty_where_it_is_broken(self, path: Path, content: bytes) -> None:
        path.parent.mkdir()
        path.write_bytes(content)
        state_file = StateFile(path)
        assert (state_file.theme, state_file.ui_state("one"), state_file.wants_hint("help")) == ("", UiState(), True)
        state_file.save_ui_state("one", CHOSEN)
        state_file.save()
        assert StateFile(path).ui_state("one") == CHOSEN

    def test_may_hold_fields_of_a_later_version(self, path: Path) -> None:
        save(path, "one", CHOSEN)
        state = json.loads(path.read_text())
        path.write_text(
            json.dumps({**state, "later": [1], "accounts": {"one": {**state["accounts"]["one"], "new": 1}}})
        )
        assert StateFile(path).ui_state("one") == CHOSEN

    @pytest.mark.parametrize("kind", ["a folder", "below a file", "a link to itself"])
    def test_never_raises_without_access(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path / "screen.json"
        if kind == "a folder":
            path.mkdir()
        elif kind == "below a file":
            path.write_text("")
            path = path / "screen.json"
        else:
            path.symlink_to(path)
        state_file = StateFile(path)
        state_file.save_theme("nord")
        state_file.hint_shown("help")
        state_file.save_ui_state("one", CHOSEN)
        state_file.save()
        assert (state_file.theme, state_file.ui_state("one")) == ("nord", CHOSEN), "in memory only"


class TestHints:
    def test_are_wanted_until_shown_several_times(self, path: Path) -> None:
        for _ in range(SHOWINGS):
            state_file = StateFile(path)
            assert state_file.wants_hint("help")
            state_file.hint_shown("help")
            state_file.save()
        assert not StateFile(path).wants_hint("help")
        assert StateFile(path).wants_hint("find")

    def test_are_not_wanted_once_used(self, path: Path) -> None:
        state_file = StateFile(path)
        state_file.hint_used("help")
        state_file.save()
        assert not StateFile(path).wants_hint("help")

    def test_are_not_wanted_when_switched_off(self, path: Path) -> None:
        assert not StateFile(path, hints=False).wants_hint("help")
