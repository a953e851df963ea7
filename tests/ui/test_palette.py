"""The command palette: finds commands by the words that people use, one line each."""

import os
from operator import attrgetter
from pathlib import Path

import pytest
from textual.command import CommandList, CommandPalette, Hit
from textual.widgets import Input

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, add_waiting, running_dashboard
from support.screen.lists import filter_summary, names_in
from support.screen.notifications import record_notifications
from ucdn_tui.account.preferences import Preferences
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER
from ucdn_tui.ui.commands.palette import CommandProvider, PaletteCommand, has_words

INTERVALS = ["Poll more often", "Poll less often"]


@pytest.fixture
def quiet(clock: FakeClock) -> Account:
    """An account with two queued refreshes and a prefetch."""
    simulated = account(clock)
    add_waiting(simulated, ["one", "two"])
    add(simulated, "fetched", ago=9, kind="prefetch", queue=NEVER)
    return simulated


async def found(ui: DashboardHarness, query: str) -> list[str]:
    """Return the titles that a query finds, best first."""
    hits = [hit async for hit in CommandProvider(ui.dashboard).search(query)]
    assert all(isinstance(hit, Hit) for hit in hits)
    return [hit.text or "" for hit in sorted(hits, key=attrgetter("score"), reverse=True)]


def lines(ui: DashboardHarness) -> list[str]:
    return [str(option.prompt) for option in ui.app.screen.query_one(CommandList).options]


async def run(ui: DashboardHarness, query: str) -> None:
    """Open the palette, and run the best command for a query."""
    await ui.press("ctrl+p")
    palette = ui.app.screen
    assert isinstance(palette, CommandPalette)
    everything = len(lines(ui))
    palette.query_one(Input).value = query
    await ui.settle(lambda: 0 < len(lines(ui)) < everything)
    await ui.press("enter")
    await ui.settle(lambda: palette not in ui.app.screen_stack)


class TestSearch:
    async def test_finds_commands_by_the_words_that_people_use(self, quiet: Account, clock: FakeClock) -> None:
        expected = [
            ("filter, Find, search, fi", ["Filter"]),
            ("interval, poll rate, refresh interval", INTERVALS),
            ("faster", INTERVALS[:1]),
            ("theme, dark, light, dark theme", ["Theme…"]),
            ("time range, window, since", ["Time range…"]),
            ("copy, clipboard, support report", ["Copy"]),
            ("export, csv", ["Export list (CSV, JSON)"]),
            ("failed, failure, errors", ["Show failed"]),
            ("queued, wait", ["Show queued"]),
            ("reload, full scan", ["Reload everything now"]),
            ("purge, preload", ["Submit a refresh or prefetch…"]),
            ("resubmit, retry", ["Submit again…"]),
            ("quota", ["Quota of the domains…"]),
            ("refreshes", ["Show refreshes only"]),
            ("stuck", ["Show stuck only"]),
            ("pause", ["Pause / resume polling"]),
            ("quit, exit", ["Quit"]),
            ("profile, profiles", ["Profiles…"]),
            ("project", ["Projects…"]),
            ("help, keys", ["Help"]),
            ("login", ["Sign in…"]),
        ]
        async with running_dashboard(quiet, clock) as ui:
            for queries, titles in expected:
                for query in queries.split(", "):
                    assert (await found(ui, query))[: len(titles)] == titles, query
            assert "Export list (CSV, JSON)" in await found(ui, "json")
            assert await found(ui, "qqq") == ["No matches."]

    def test_each_word_must_begin_a_word_of_the_command(self) -> None:
        command = PaletteCommand("Export list (CSV, JSON)", lambda: None, "save file")
        for query in ("exp", "csv", "LIST save", "file export"):
            assert has_words(command, query)
        for query in ("xport", "export theme"):
            assert not has_words(command, query)


async def test_shows_what_it_finds_in_a_low_terminal(quiet: Account, clock: FakeClock) -> None:
    async with running_dashboard(quiet, clock, size=(30, 8)) as ui:
        await ui.press("ctrl+p", *"theme")
        await ui.settle(lambda: "Theme" in ui.screen())


class TestList:
    async def test_has_one_line_for_each_command_with_its_key_in_front(self, quiet: Account, clock: FakeClock) -> None:
        preferences = Preferences(keys={"watch.refresh": "f5,left_curly_bracket"})
        async with running_dashboard(quiet, clock, preferences=preferences) as ui:
            await ui.press("ctrl+p")
            await ui.settle(lambda: lines(ui))
            assert not [line for line in lines(ui) if "\n" in line]
            assert {"f5 {  Reload everything now", "/  Filter", "Show stuck only"} <= {
                line.strip() for line in lines(ui)
            }
            ends = {line.index(title) for line in lines(ui) for title in ("Filter", "Quit") if line.endswith(title)}
            assert len(ends) == 1, "the titles are not in one column"

    async def test_does_not_offer_itself(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            await ui.press("ctrl+p")
            await ui.settle(lambda: lines(ui))
            assert not [line for line in lines(ui) if "Commands" in line or "Ctrl+C" in line]
            assert len([line for line in lines(ui) if "Quit" in line]) == 1

    async def test_begins_with_the_filter(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            await ui.press("ctrl+p")
            await ui.settle(lambda: lines(ui))
            assert lines(ui)[0].split() == ["/", "Filter"]

    async def test_has_no_dashboard_commands_in_a_dialog(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            await ui.press("question_mark")
            titles = [command.title for command in ui.app.palette_commands(ui.app.screen)]
            assert titles == ["Theme…", "Quit", "Screenshot (SVG)"]


class TestScreenshot:
    async def test_is_written_privately_to_the_current_folder(
        self, quiet: Account, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        before = os.umask(0)
        try:
            async with running_dashboard(quiet, clock) as ui:
                for name in ("ucdn-screenshot.svg", "ucdn-screenshot-2.svg"):
                    await run(ui, "screenshot")
                    await ui.settle((tmp_path / name).exists)
                    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        finally:
            os.umask(before)

    async def test_says_why_it_cannot_be_saved(
        self, quiet: Account, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        notifications = record_notifications(monkeypatch)

        def full(_handle: int) -> None:
            raise OSError(28, "No space left on device")

        async with running_dashboard(quiet, clock) as ui:
            monkeypatch.setattr(os, "fsync", full)
            await run(ui, "screenshot")
            await ui.settle(lambda: bool(notifications.toasts))
        ((_title, words, severity),) = notifications.toasts
        assert words.startswith(f"Export failed: {tmp_path}: No space left on device,")
        assert severity == "error"


class TestRunning:
    async def test_a_found_command_runs(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            await run(ui, "pause")
            await ui.settle(lambda: "PAUSED" in ui.top_line())

    async def test_commands_without_a_key_set_the_filter(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            await run(ui, "refreshes only")
            await ui.settle(lambda: names_in(ui.tasks()) == ["one", "two"])
            assert (ui.dashboard.task_pane.filter_bar.text, filter_summary(ui)) == ("kind:refresh", "2 of 3")
            await run(ui, "stuck")
            await ui.settle(lambda: filter_summary(ui) == "0 of 3")
