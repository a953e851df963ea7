"""What a program tells its user besides what it draws: toasts, the bell, and escape sequences for the terminal."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from ucdn_tui.ui.app import UcdnApp

TITLE, DESKTOP, PROGRESS = "\x1b]2;", "\x1b]777;", "\x1b]9;4;"


@dataclass
class Notifications:
    """All that was told so far."""

    toasts: list[tuple[str, str, str]] = field(default_factory=list)
    """Title, words and severity of each."""
    bells: int = 0
    sequences: list[str] = field(default_factory=list)

    def told(self, start: str) -> list[str]:
        """Return the sequences that begin so."""
        return [sequence for sequence in self.sequences if sequence.startswith(start)]

    def titles(self) -> list[str]:
        """Return the toasts' titles."""
        return [title for title, _words, _severity in self.toasts]

    def words(self) -> list[str]:
        """Return the toasts' words."""
        return [words for _title, words, _severity in self.toasts]

    def ways(self) -> set[str]:
        """Return in which ways anything was told, by the names of their switches in the configuration."""
        ways = {"title": self.told(TITLE), "desktop": self.told(DESKTOP), "progress": self.told(PROGRESS)}
        return {way for way, told in {**ways, "toast": self.toasts, "bell": self.bells}.items() if told}


def record_notifications(monkeypatch: pytest.MonkeyPatch) -> Notifications:
    """Hear whatever any program of this test tells from now on; where there is no terminal, sequences reach nobody."""
    notifications = Notifications()
    notify = UcdnApp.notify

    def hear_notify(app: UcdnApp, words: str, *, title: str = "", severity: Any = "information", **rest: Any) -> None:
        notifications.toasts.append((title, words, severity))
        notify(app, words, title=title, severity=severity, **rest)

    def hear_bell(_app: UcdnApp) -> None:
        notifications.bells += 1

    monkeypatch.setattr(UcdnApp, "notify", hear_notify)
    monkeypatch.setattr(UcdnApp, "bell", hear_bell)
    monkeypatch.setattr(
        UcdnApp, "write_escape", lambda _app, sequence, **_undo: notifications.sequences.append(sequence)
    )
    return notifications
