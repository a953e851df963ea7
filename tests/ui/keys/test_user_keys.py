"""The user's own keys: on the screen, in the help and in the key line; conflicts are reported."""

import pytest
from textual.widgets import Static

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add_waiting, running_dashboard, text_of
from support.screen.help import keys_of
from support.screen.notifications import Notifications, record_notifications
from ucdn_tui.account.preferences import Preferences
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.commands.contexts import contexts
from ucdn_tui.ui.dialogs.help import HelpDialog
from ucdn_tui.ui.dialogs.picker import Picker
from ucdn_tui.ui.keys.user_keys import checked

NAMES = [f"task-{number:02d}" for number in range(30)]


@pytest.fixture
def notifications(monkeypatch: pytest.MonkeyPatch) -> Notifications:
    return record_notifications(monkeypatch)


@pytest.fixture
def quiet(clock: FakeClock) -> Account:
    """An account whose tasks stay queued."""
    simulated = account(clock)
    add_waiting(simulated, NAMES)
    return simulated


def keys(**by_name: str) -> Preferences:
    """Return preferences with these keys; `find_sort` stands for find.sort."""
    return Preferences(keys={name.replace("_", "."): key for name, key in by_name.items()})


def check(**by_name: str) -> tuple[dict[str, str], list[str]]:
    """Return the usable keys, and the problems of the others."""
    return checked(keys(**by_name).keys, contexts())


def key_line(ui: DashboardHarness) -> str:
    return text_of(ui.dashboard.query_one("#keys", Static))


class TestUsersKeys:
    async def test_replace_the_default_keys_everywhere(self, quiet: Account, clock: FakeClock) -> None:
        mine = keys(find_sort="i", watch_pause="f5,ctrl+e", table_down="b", app_leave="x")
        async with running_dashboard(quiet, clock, preferences=mine) as ui:
            assert "/ Filter" in key_line(ui)
            assert "i Sort" in key_line(ui)
            assert "x Quit" in key_line(ui)
            await ui.press("s", "p", "j", "down", "q")
            assert ui.app.screen is ui.dashboard
            assert "PAUSED" not in ui.top_line()
            assert ui.dashboard.tasks.cursor_index == 0
            await ui.press("b", "b")
            assert ui.dashboard.tasks.cursor_index == 2
            await ui.press("tab", "b", "tab")  # one URL only, but its key as well
            for key in ("f5", "ctrl+e"):
                await ui.press(key)
                assert ("PAUSED" in ui.top_line()) is (key == "f5")
            await ui.press("question_mark")
            assert keys_of(ui, "Sort by…") == {"i"}
            assert keys_of(ui, "Pause / resume polling") == {"f5", "^e"}
            assert keys_of(ui, "Down") == {"b"}
            await ui.press("escape", "i")
            assert isinstance(ui.app.screen, Picker)
            await ui.press("escape", "x")
            assert ui.app.return_code == 0

    async def test_are_shown_in_the_palette(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock, preferences=keys(watch_refresh="f5")) as ui:
            keys_of = {command.title: command.keys for command in ui.app.palette_commands(ui.dashboard)}
            assert keys_of["Reload everything now"] == "f5"

    @pytest.mark.parametrize("spelling", ["?", "question_mark"])
    async def test_may_be_written_as_a_sign_or_a_name(self, quiet: Account, clock: FakeClock, spelling: str) -> None:
        async with running_dashboard(quiet, clock, preferences=keys(find_type=spelling, app_help="/")) as ui:
            assert key_line(ui).startswith("? Filter")
            await ui.press("question_mark")
            assert ui.dashboard.task_pane.filter_bar.typing
            await ui.press("escape", "slash")
            assert isinstance(ui.app.screen, HelpDialog)
            assert keys_of(ui, "Filter") == {"?"}

    async def test_may_swap_keys_within_and_between_widgets(
        self, quiet: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        swapped = keys(table_down="k,up", table_up="j,down", find_follow="r", watch_refresh="f")
        async with running_dashboard(quiet, clock, preferences=swapped) as ui:
            await ui.press("k", "k", "up", "j")
            assert ui.dashboard.tasks.cursor_index == 2
            asked = len(ui.service.requests)
            await ui.press("r")
            assert ui.dashboard.task_pane.following
            assert len(ui.service.requests) == asked
            await ui.press("f")
            await ui.pass_time(1)
            assert len(ui.service.requests) > asked
            assert ui.dashboard.task_pane.following
            assert notifications.toasts == []

    async def test_work_in_menus_and_in_the_filter_box(self, quiet: Account, clock: FakeClock) -> None:
        mine = keys(picker_close="ctrl+e", picker_2="2,b", filter_clear="ctrl+o", filter_done="f2")
        async with running_dashboard(quiet, clock, preferences=mine) as ui:
            await ui.press("s", "escape")
            assert isinstance(ui.app.screen, Picker)
            await ui.press("ctrl+e", "s", "b")
            assert ui.app.screen is ui.dashboard
            assert ui.dashboard.task_pane.sort.column == "progress"
            bar = ui.dashboard.task_pane.filter_bar
            await ui.press("slash", *"sk-07")
            assert key_line(ui).startswith("^o Clear  f2 Done")
            await ui.press("f2")
            assert (bar.typing, bar.text, len(ui.tasks())) == (False, "sk-07", 1)
            await ui.press("slash", "ctrl+o")
            assert (bar.typing, bar.text) == (False, "")

    async def test_do_not_quit_while_they_type_text(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock, preferences=keys(app_quit="x")) as ui:
            await ui.press("slash", "x")
            assert ui.app.return_code is None
            assert ui.dashboard.task_pane.filter_bar.text == "x"


class TestProblems:
    async def test_are_reported_once_and_the_rest_works(
        self, quiet: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        mine = Preferences(keys={"find.sort": "i", "nothing": "x", "watch.pause": "j", "watch.window": " , "})
        async with running_dashboard(quiet, clock, preferences=mine, notifications=True) as ui:
            problems = [
                "keys: Unknown key id nothing.",
                "keys: No key given for watch.window.",
                "keys: j cannot be used for watch.pause: it is already table.down.",
            ]
            assert notifications.toasts == [("Configuration", "\n".join(problems), "warning")]
            await ui.settle(lambda: "j cannot be used for watch.pause" in ui.screen())
            await ui.press("j", "p")
            assert ui.dashboard.tasks.cursor_index == 1
            assert "PAUSED" in ui.top_line()
            await ui.press("w")
            assert isinstance(ui.app.screen, Picker)
            await ui.press("escape", "i")
            assert isinstance(ui.app.screen, Picker)
            assert len(notifications.toasts) == 1

    @pytest.mark.parametrize(
        ("name", "key", "other"),
        [
            ("find.follow", "j", "table.down"),  # the list's, within the pane's
            ("find.follow", "r", "watch.refresh"),  # the screen's
            ("watch.refresh", "space", "find.mark"),  # the other way round
            ("watch.refresh", "T", "app.theme"),
            ("app.theme", "G", "table.last"),
            ("find.sort", "S", "find.reverse"),  # the same widget's
            ("find.sort", "i,end", "table.last"),
            ("filter.done", "escape", "filter.clear"),
            ("filter.done", "ctrl+q", "app.quit"),  # which works everywhere
            ("picker.file", "3", "picker.3"),
            ("profiles.add", "n", "profiles.rename"),
            ("app.help", "/", "find.type"),
        ],
    )
    def test_include_a_key_that_is_used_in_the_same_context(self, name: str, key: str, other: str) -> None:
        good, (problem,) = checked({name: key, "watch.pause": "i"}, contexts())
        assert good == {"watch.pause": "i"}
        assert problem.endswith(f" cannot be used for {name}: it is already {other}.")

    def test_do_not_include_a_key_used_in_another_context(self) -> None:
        elsewhere = {"picker.file": "r", "profiles.add": "s", "help.close": "p", "filter.done": "ctrl+t"}
        assert checked(elsewhere, contexts()) == (elsewhere, [])

    def test_include_the_second_of_two_equal_keys(self) -> None:
        assert check(find_sort="i", find_follow="i") == (
            {"find.sort": "i"},
            ["i cannot be used for find.follow: it is already find.sort."],
        )

    def test_include_a_key_whose_default_owner_needs_it(self) -> None:
        """Refresh takes the key of Sort, but Sort gets no other key, so it needs its own."""
        good, problems = check(watch_refresh="s", find_sort="q")
        assert good == {}
        assert problems == [
            "q cannot be used for find.sort: it is already app.leave.",
            "s cannot be used for watch.refresh: it is already find.sort.",
        ]

    def test_are_sanitized(self) -> None:
        hostile = {"\x1b[2J": "x", "find.sort": "\x1b", "find.follow": "\x1b", "watch.window": "ctrl+\x1b[2J"}
        _good, problems = checked(hostile, contexts())
        assert len(problems) == 3
        assert all(problem.isprintable() for problem in problems)

    def test_do_not_include_the_default_keys(self) -> None:
        assert checked({}, contexts()) == ({}, [])

    def test_do_not_include_a_repeated_default_key(self) -> None:
        own = {binding.id: binding.key for context in contexts() for binding in context if binding.id}
        good, problems = checked(own, contexts())
        assert problems == []
        assert good.keys() == own.keys()

    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("filter.clear", "ctrl+u"),
            ("filter.done", "a"),
            ("picker.close", "enter"),
            ("app.quit", "7"),
        ],
    )
    def test_include_keys_that_fields_and_lists_need(self, name: str, key: str) -> None:
        assert checked({name: key}, contexts())[1]

    def test_do_not_include_ids_of_dialogs(self) -> None:
        assert check(confirm_yes="j") == ({"confirm.yes": "j"}, [])

    @pytest.mark.parametrize("key", ["contrl+o", "f99", "hyphen", "ctrl+nothing", "ctrl+,", "i,contrl+o"])
    def test_include_unknown_keys(self, key: str) -> None:
        good, (problem,) = check(find_sort=key)
        assert good == {}
        assert problem.startswith("Unknown key ")


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("F5", "f5"),
        ("Ctrl+O", "ctrl+o"),
        ("ctrl++", "ctrl+plus"),
        ("é", "é"),
        ("ctrl+alt+left", "alt+ctrl+left"),
        ("shift+ctrl+f5", "ctrl+shift+f5"),
        ("shift+x", "X"),
    ],
)
def test_common_spellings_of_a_key_are_accepted(written: str, sent: str) -> None:
    assert check(find_sort=written) == ({"find.sort": sent}, [])
