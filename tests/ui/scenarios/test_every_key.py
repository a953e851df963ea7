"""Every key in the key line, the help and the palette does what its description says."""

from collections.abc import Iterable
from functools import partial

import pytest
from textual.binding import Binding
from textual.command import Command, CommandList, CommandPalette
from textual.widgets import Input, Static

from support.clock import FakeClock
from support.screen.checks.key_checks import CHECKS
from support.screen.checks.user import Act, User, busy_account
from support.screen.dashboard import DashboardHarness, running_dashboard, text_of
from support.screen.help import keys_of
from support.screen.notifications import Notifications, record_notifications
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.commands import key_lines
from ucdn_tui.ui.commands.palette import is_offered
from ucdn_tui.ui.keys import bindings

COMMANDS = [binding for binding in bindings.ALL if is_offered(binding.id)]


@pytest.fixture
def busy(clock: FakeClock) -> Account:
    return busy_account(clock)


@pytest.fixture
def notifications(monkeypatch: pytest.MonkeyPatch) -> Notifications:
    monkeypatch.setenv("BROWSER", "true")
    return record_notifications(monkeypatch)


async def failures(
    ui: DashboardHarness, notifications: Notifications, ways: Iterable[tuple[Binding, str, Act]]
) -> dict[str, str]:
    """Run each binding in its way; return those that fail their check, and why."""
    failed: dict[str, str] = {}
    for binding, way, act in ways:
        try:
            await CHECKS[binding.id or ""](User(ui, notifications, act))
        except AssertionError as error:
            failed[f"{binding.id} by {way}"] = str(error).partition("\n")[0]
            while ui.app.screen is not ui.dashboard:
                await ui.app.pop_screen()
    return failed


def section_of(binding: Binding) -> str:
    return (binding.id or "").partition(".")[0]


def shown(ui: DashboardHarness, binding: Binding) -> set[str]:
    """Return a binding's keys as displayed."""
    return {ui.app.get_key_display(Binding(key, "", "")) for key in binding.key.split(",")}


async def run_from_palette(ui: DashboardHarness, binding: Binding) -> None:
    """Open the palette, and run the binding's command."""
    await ui.press("ctrl+p")
    palette = ui.app.screen
    assert isinstance(palette, CommandPalette)
    palette.query_one(Input).value = binding.description
    options = palette.query_one(CommandList)

    def index() -> int | None:
        for at, option in enumerate(options.options):
            line = str(option.prompt)
            if isinstance(option, Command) and option.hit.text == binding.description:
                assert set(line.removesuffix(binding.description).split()) == shown(ui, binding)
                return at
        return None

    await ui.settle(lambda: index() is not None)
    options.highlighted = index()
    await ui.press("enter")
    await ui.settle(lambda: palette not in ui.app.screen_stack)


async def click_on(ui: DashboardHarness, word: str) -> None:
    """Click on a word of the key line."""
    at = text_of(ui.dashboard.query_one("#keys", Static)).index(word)
    await ui.pilot.click("#keys", offset=(at + 2, 0))
    await ui.pilot.pause()


@pytest.mark.parametrize("section", dict.fromkeys(map(section_of, bindings.ALL)))
async def test_each_key_does_what_it_says(
    busy: Account, clock: FakeClock, notifications: Notifications, section: str
) -> None:
    async with running_dashboard(busy, clock) as ui:
        ways = [
            (binding, key, partial(ui.press, key))
            for binding in bindings.ALL
            if section_of(binding) == section
            for key in binding.key.split(",")
        ]
        assert await failures(ui, notifications, ways) == {}


@pytest.mark.parametrize("section", dict.fromkeys(map(section_of, COMMANDS)))
async def test_each_command_works_from_the_palette(
    busy: Account, clock: FakeClock, notifications: Notifications, section: str
) -> None:
    async with running_dashboard(busy, clock) as ui:
        ways = [
            (binding, "the palette", partial(run_from_palette, ui, binding))
            for binding in COMMANDS
            if section_of(binding) == section
        ]
        assert await failures(ui, notifications, ways) == {}


async def test_each_hint_of_the_key_line_can_be_clicked(
    busy: Account, clock: FakeClock, notifications: Notifications
) -> None:
    async with running_dashboard(busy, clock, size=(240, 28)) as ui:
        by_id = {binding.id: binding for binding in bindings.ALL}
        words = {name: word for name, word in key_lines.TASK_LIST.items() if name != "edge.verify"}  # for ended ones
        ways = [(by_id[name], "a click", partial(click_on, ui, f" {word}")) for name, word in words.items()]
        assert await failures(ui, notifications, ways) == {}


async def test_each_hint_of_the_filter_box_can_be_clicked(
    busy: Account, clock: FakeClock, notifications: Notifications
) -> None:
    async with running_dashboard(busy, clock) as ui:
        ways = [
            (binding, "a click", partial(click_on, ui, f" {binding.description}")) for binding in bindings.FILTER_BAR
        ]
        assert await failures(ui, notifications, ways) == {}


def test_key_lines_name_documented_bindings_once() -> None:
    ids = {binding.id for binding in bindings.ALL} | {"find.next-failed"}
    for line in (key_lines.TASK_LIST, key_lines.URL_LIST, key_lines.FILTER_BOX, key_lines.CLEAR):
        assert line.keys() <= ids


async def test_the_help_has_every_key(busy: Account, clock: FakeClock) -> None:
    async with running_dashboard(busy, clock) as ui:
        await ui.press("question_mark")
        for binding in bindings.ALL:
            words = binding.tooltip or binding.description
            assert shown(ui, binding) <= keys_of(ui, words), binding


def test_every_binding_has_a_unique_id_and_a_check() -> None:
    ids = [binding.id for binding in bindings.ALL]
    assert len(set(ids)) == len(ids)
    assert set(ids) == CHECKS.keys()


def test_everything_but_navigation_typing_and_other_ways_to_quit_is_a_command() -> None:
    rest = [binding.id for binding in bindings.ALL if section_of(binding) not in {"table", "filter"}]
    assert [name for name in rest if name not in {binding.id for binding in COMMANDS}] == [
        "app.quit",
        "app.copy-or-quit",
        "app.palette",
    ]


def test_every_binding_has_a_description() -> None:
    assert [binding for binding in bindings.ALL if not binding.description] == []
