"""UiState is saved and restored per account, whatever the file contains."""

import json
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard, text_of
from support.screen.table import painted
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER
from ucdn_tui.ui.ui_state import SHOWINGS, StateFile, UiState

CHOSEN = UiState(column="url", reverse=False, following=True, window=3600.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "screen.json"


def save(path: Path, account: str, state: UiState) -> None:
    state_file = StateFile(path)
    state_file.save_ui_state(account, state)
    state_file.save()


@pytest.fixture
def simulated(clock: FakeClock) -> Account:
    simulated = account(clock)
    add(simulated, "cat", ago=500, count=12, failing=(3,))
    add(simulated, "dog", ago=510)
    add(simulated, "cow", ago=520, queue=NEVER)
    return simulated


def found(ui: DashboardHarness) -> str:
    return text_of(ui.dashboard.query_one("#task-filter #found", Static))


@pytest.mark.slow
class TestRestoring:
    async def test_restores_sorting_following_and_time_range(
        self, simulated: Account, clock: FakeClock, path: Path
    ) -> None:
        async with running_dashboard(simulated, clock, state_file=StateFile(path)) as ui:
            await ui.press("s", "1", "S", "f", "w", "2", "tab", "s", "2", "S")
        async with running_dashboard(simulated, clock, state_file=StateFile(path)) as ui:
            assert found(ui) == "following"
            assert "Status ▼" in painted(ui.dashboard.tasks)[0]
            assert "Status ▼" in painted(ui.dashboard.details.table)[0]
            assert " · 1h  " in ui.top_line()
            assert ui.dashboard.tasks.has_focus

    async def test_starts_with_all_tasks_whatever_was_filtered(
        self, simulated: Account, clock: FakeClock, path: Path
    ) -> None:
        async with running_dashboard(simulated, clock, state_file=StateFile(path)) as ui:
            await ui.press("slash", *"cat", "enter", "3", "a", "S")
            assert found(ui) == "failed · active · by Created · 0 of 3"
        async with running_dashboard(simulated, clock, state_file=StateFile(path)) as ui:
            assert (len(ui.tasks()), found(ui), ui.dashboard.task_pane.filter_bar.text) == (3, "by Created", "")
            assert not ui.dashboard.task_pane.sort.reverse, "the order was saved"

    async def test_ignores_the_filters_in_a_file_of_an_older_version(
        self, simulated: Account, clock: FakeClock, path: Path
    ) -> None:
        filters = {"text": "cat", "status": "failure", "active": True}
        path.parent.mkdir()
        path.write_text(json.dumps({"accounts": {"demo": {**filters, "following": True}}}))
        async with running_dashboard(simulated, clock, state_file=StateFile(path)) as ui:
            assert (len(ui.tasks()), found(ui)) == (3, "following")
            await ui.press("f")
        saved = json.loads(path.read_text())["accounts"]["demo"]
        assert not filters.keys() & saved.keys()

    async def test_saves_once_nothing_changes_for_a_second(
        self, simulated: Account, clock: FakeClock, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        state_file, ticks = StateFile(path), []
        monkeypatch.setattr(state_file, "tick", lambda: ticks.append(None))  # the test says when a second has passed
        async with running_dashboard(simulated, clock, state_file=state_file) as ui:
            await ui.press("S")
            assert not path.exists()
            before = len(ticks)
            ui.app._tick()
            assert len(ticks) > before
            StateFile.tick(state_file)
            assert not path.exists()
            StateFile.tick(state_file)
            assert not StateFile(path).ui_state("demo").reverse

    async def test_saves_the_state_in_a_crash(
        self, simulated: Account, clock: FakeClock, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash() -> None:
            raise ZeroDivisionError

        state_file = StateFile(path)
        monkeypatch.setattr(state_file, "tick", lambda: None)
        with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the screen that crashes is left by it
            async with running_dashboard(simulated, clock, state_file=state_file) as ui:
                await ui.press("S")
                assert not path.exists()
                ui.app.call_later(crash)
                await ui.pilot.pause()
        assert not StateFile(path).ui_state("demo").reverse

    async def test_restores_each_accounts_own_state(self, simulated: Account, clock: FakeClock, path: Path) -> None:
        async with running_dashboard(simulated, clock, state_file=StateFile(path), profile="one") as ui:
            await ui.press("f")
        async with running_dashboard(simulated, clock, state_file=StateFile(path), profile="two") as ui:
            assert found(ui) == ""
            await ui.press("S")
        async with running_dashboard(simulated, clock, state_file=StateFile(path), profile="one") as ui:
            assert found(ui) == "following"
            assert "▲" not in painted(ui.dashboard.tasks)[0]

    async def test_restores_the_theme(self, simulated: Account, clock: FakeClock, path: Path) -> None:
        async with running_dashboard(simulated, clock, state_file=StateFile(path)) as ui:
            before = ui.app.theme
            await ui.press("T", "j", "j", "enter")
            chosen = ui.app.theme
            assert chosen != before
        async with running_dashboard(simulated, clock, state_file=StateFile(path)) as ui:
            assert ui.app.theme == chosen

    async def test_shows_a_hint_a_few_times_or_until_used(
        self, simulated: Account, clock: FakeClock, path: Path
    ) -> None:
        seen = []
        for start in range(SHOWINGS + 2):
            async with running_dashboard(simulated, clock, state_file=StateFile(path)) as ui:
                hint = ui.dashboard.query_one("#hint", Static)
                seen.append(text_of(hint).split()[0] if hint.display else "")
                if start == SHOWINGS:
                    await ui.press("slash", *"c", "enter")
                    assert not hint.display
        assert seen == ["?"] * SHOWINGS + ["/", "y"]

    @pytest.mark.parametrize(
        "choices",
        [
            {"column": "absurd", "url_column": "absurd"},
            {"column": "mark", "url_column": "id"},
            {"column": "", "url_reverse": True},
            {"column": "\x00\ud7ff", "reverse": True},
            {"column": "\x1b[2J\n[/b][red]\u202e\x00" * 9},
            {"text": ["no longer read"], "status": 7},
            {"window": 1e308},
            {"window": 1e-308},
        ],
    )
    async def test_survives_any_content_of_the_file(
        self, simulated: Account, clock: FakeClock, path: Path, choices: dict[str, Any]
    ) -> None:
        state = {"theme": "absurd", "hints": {"help": -(2**63), "find": 10**400}, "accounts": {"demo": choices}}
        path.parent.mkdir()
        path.write_text(json.dumps(state))
        async with running_dashboard(simulated, clock, state_file=StateFile(path)) as ui:
            await ui.pass_time(2)
            await ui.press("s", "escape", "escape", "0", "S", "tab", "S", "tab", "S")
            assert "\x1b" not in ui.screen()
            if "window" not in choices:
                assert len(ui.tasks()) == 3

    @pytest.mark.parametrize("window", [-5.0, 0.001, 1e308, -1e308])
    async def test_ignores_an_impossible_time_range(
        self, simulated: Account, clock: FakeClock, path: Path, window: float
    ) -> None:
        save(path, "demo", UiState(window=window))
        async with running_dashboard(simulated, clock, state_file=StateFile(path)) as ui:
            assert " · 24h  " in ui.top_line()
            assert len(ui.tasks()) == 3
