"""The help and the README say what the program does."""

from pathlib import Path

import pytest

from ucdn_tui.api.models import TaskKind
from ucdn_tui.ui.dialogs.help import help_text
from ucdn_tui.ui.glyphs import UNICODE
from ucdn_tui.watch.stats.stuck import STUCK_AFTER

README = Path(__file__).parents[3] / "README.md"


def test_the_help_names_the_stuck_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STUCK_AFTER, TaskKind.REFRESH, 720.0)
    monkeypatch.setitem(STUCK_AFTER, TaskKind.PREFETCH, 2430.0)
    text = help_text([], UNICODE).plain
    assert "a refresh without progress for 12 minutes, a prefetch for 40.5." in text


def test_the_readme_names_the_stuck_limits() -> None:
    refresh, prefetch = (STUCK_AFTER[kind] / 60 for kind in (TaskKind.REFRESH, TaskKind.PREFETCH))
    words = f"a refresh without any progress for {refresh:g} minutes, a prefetch for {prefetch:g}."
    assert words in " ".join(README.read_text(encoding="utf-8").split())
