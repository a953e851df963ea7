"""Hints disappear after 20 seconds, and for good once used or after three starts."""

import re
from functools import cache
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard, text_of
from ucdn_tui.account.preferences import Preferences
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.bars.hints import HINTS, SECONDS, HintLine, hint_text
from ucdn_tui.ui.keys import bindings
from ucdn_tui.ui.ui_state import SHOWINGS, StateFile

NAMES = ["help", "filter", "copy", "verify", "flag"]


@cache
def default_key(binding_id: str) -> str:
    """Return the first default key of a binding, as displayed."""
    (binding,) = [binding for binding in bindings.ALL if binding.id == binding_id]
    return App().get_key_display(Binding(binding.key.split(",")[0], ""))


class Bare(App[None]):
    """An app with a hint line only, without a timer."""

    def __init__(self, state_file: StateFile) -> None:
        super().__init__()
        self.state_file = state_file
        self.line = HintLine(state_file, default_key)

    def compose(self) -> ComposeResult:
        yield self.line


FIRST = hint_text(HINTS[0], default_key)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "screen.json"


def name_of(line: HintLine) -> str:
    """Return the name of the hint that is shown; "": none."""
    if not line.display:
        return ""
    (hint,) = [hint for hint in HINTS if hint_text(hint, default_key) == text_of(line)]
    return hint.name


def shown(ui: DashboardHarness) -> str:
    return name_of(ui.dashboard.query_one(HintLine))


async def start(path: Path, *done: str) -> tuple[str, str]:
    """Start the app and run actions; return the hint shown before and after."""
    app = Bare(StateFile(path))
    async with app.run_test():
        before = name_of(app.line)
        for action in done:
            app.line.done(action)
        app.state_file.save()
        return before, name_of(app.line)


class TestHint:
    async def test_disappears_after_twenty_seconds(self, path: Path) -> None:
        app = Bare(StateFile(path))
        async with app.run_test():
            for _ in range(SECONDS - 1):
                app.line.tick()
            assert name_of(app.line) == "help"
            app.line.tick()
            assert (SECONDS, name_of(app.line)) == (20, "")
            app.line.tick()
            assert name_of(app.line) == ""

    async def test_is_shown_at_three_starts_before_the_next_one(self, path: Path) -> None:
        seen = [(await start(path))[0] for _ in range(SHOWINGS * len(NAMES) + 2)]
        assert seen == [name for name in NAMES for _ in range(3)] + ["", ""]

    @pytest.mark.parametrize(
        ("action", "used"),
        [
            ("help", "help"),
            ("filter", "filter"),
            ("copy", "copy"),
            ("export", "copy"),
            ("verify", "verify"),
            ("flag", "flag"),
        ],
    )
    async def test_is_never_shown_again_once_used(self, path: Path, action: str, used: str) -> None:
        assert await start(path, action) == ("help", "" if used == "help" else "help")
        seen = [(await start(path))[0] for _ in range(SHOWINGS * len(NAMES))]
        assert used not in seen
        assert [name for name in NAMES if name in seen] == [name for name in NAMES if name != used]

    async def test_stays_when_another_action_runs(self, path: Path) -> None:
        assert await start(path, "refresh", "filter") == ("help", "help")

    async def test_is_not_shown_when_switched_off(self, path: Path) -> None:
        app = Bare(StateFile(path, hints=False))
        async with app.run_test():
            assert name_of(app.line) == ""
        assert not path.exists()

    def test_has_a_unique_name_and_fits_a_usual_terminal(self) -> None:
        assert [hint.name for hint in HINTS] == NAMES
        assert all(len(hint_text(hint, default_key)) <= 98 for hint in HINTS)


@pytest.fixture
def simulated(clock: FakeClock) -> Account:
    simulated = account(clock)
    add(simulated, "one", work=1000.0)
    return simulated


USES = [
    ("help", ["question_mark", "escape"]),
    ("filter", ["slash", "o"]),
    ("filter", ["3"]),
    ("filter", ["a"]),
    ("copy", ["y", "escape"]),
    ("copy", ["E", "escape"]),
    ("verify", ["v", "escape"]),
    ("flag", ["space"]),
]


class TestOnTheDashboard:
    @pytest.mark.parametrize(("name", "keys"), USES, ids=lambda part: "-".join(part) if isinstance(part, list) else "")
    async def test_a_hint_disappears_for_good_once_used(
        self, simulated: Account, clock: FakeClock, path: Path, name: str, keys: list[str]
    ) -> None:
        state_file = StateFile(path)
        for earlier in NAMES[: NAMES.index(name)]:
            state_file.hint_used(earlier)
        async with running_dashboard(simulated, clock, state_file=state_file) as ui:
            assert shown(ui) == name
            await ui.press("j", "tab", "tab", "r")
            assert shown(ui) == name
            await ui.press(*keys)
            assert shown(ui) == ""
        assert not StateFile(path).wants_hint(name)

    async def test_a_hint_names_the_users_own_keys(self, simulated: Account, clock: FakeClock, path: Path) -> None:
        preferences = Preferences(keys={"app.help": "f1,h", "app.palette": "ctrl+o"})
        async with running_dashboard(simulated, clock, state_file=StateFile(path), preferences=preferences) as ui:
            assert " f1 shows help · ^o shows all commands\n" in re.sub(" +\n", "\n", ui.screen())

    async def test_a_hint_disappears_with_its_line(self, simulated: Account, clock: FakeClock, path: Path) -> None:
        async with running_dashboard(simulated, clock, state_file=StateFile(path)) as ui:
            assert FIRST in ui.screen()
            height = ui.dashboard.task_pane.size.height
            for _ in range(SECONDS):
                ui.dashboard.tick()
            await ui.pilot.pause()
            assert FIRST not in ui.screen()
            assert ui.dashboard.task_pane.size.height == height + 1
        async with running_dashboard(simulated, clock, state_file=StateFile(path)) as ui:
            assert shown(ui) == "help"

    async def test_a_hint_takes_no_line_in_a_small_terminal(
        self, simulated: Account, clock: FakeClock, path: Path
    ) -> None:
        async with running_dashboard(simulated, clock, size=(50, 14), state_file=StateFile(path)) as ui:
            assert FIRST[:20] not in ui.screen()
            assert ui.dashboard.tasks.size.height == 12

    async def test_switching_accounts_does_not_count_as_a_start(
        self, simulated: Account, clock: FakeClock, path: Path
    ) -> None:
        async with running_dashboard(simulated, clock, state_file=StateFile(path)) as ui:
            for _ in range(SHOWINGS):
                before = ui.app.screen
                assert ui.app._connection is not None
                ui.app.show_account(ui.app._connection)
                await ui.settle(lambda before=before: ui.app.screen is not before and "updated" in ui.screen())
        assert StateFile(path).wants_hint("help")
