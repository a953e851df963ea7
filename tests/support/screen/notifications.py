"""Records notifications: toasts, the bell, and escape sequences."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from ucdn_tui.ui.app import UcdnApp

TITLE, DESKTOP, PROGRESS = "\x1b]2;", "\x1b]777;", "\x1b]9;4;"


@dataclass
class Notifications:
    """All notifications so far."""

    toasts: list[tuple[str, str, str]] = field(default_factory=list)
    """Title, text and severity of each."""
    bells: int = 0
    sequences: list[str] = field(default_factory=list)

    def sequences_of(self, start: str) -> list[str]:
        """Return the sequences with this beginning."""
        return [sequence for sequence in self.sequences if sequence.startswith(start)]

    def titles(self) -> list[str]:
        """Return the toasts' titles."""
        return [title for title, _words, _severity in self.toasts]

    def words(self) -> list[str]:
        """Return the toasts' texts."""
        return [words for _title, words, _severity in self.toasts]

    def ways(self) -> set[str]:
        """Return the kinds of notifications that were sent, by the names of their settings."""
        ways = {
            "title": self.sequences_of(TITLE),
            "desktop": self.sequences_of(DESKTOP),
            "progress": self.sequences_of(PROGRESS),
        }
        return {way for way, sent in {**ways, "toast": self.toasts, "bell": self.bells}.items() if sent}


def record_notifications(monkeypatch: pytest.MonkeyPatch) -> Notifications:
    """Record the notifications of all apps of this test; without a terminal, sequences are recorded only."""
    notifications = Notifications()
    notify = UcdnApp.notify

    def record_notify(app: UcdnApp, words: str, *, title: str = "", severity: Any = "information", **rest: Any) -> None:
        notifications.toasts.append((title, words, severity))
        notify(app, words, title=title, severity=severity, **rest)

    def record_bell(_app: UcdnApp) -> None:
        notifications.bells += 1

    monkeypatch.setattr(UcdnApp, "notify", record_notify)
    monkeypatch.setattr(UcdnApp, "bell", record_bell)
    monkeypatch.setattr(
        UcdnApp, "write_escape", lambda _app, sequence, **_undo: notifications.sequences.append(sequence)
    )
    return notifications
