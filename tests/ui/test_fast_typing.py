"""Keys that come faster than the screen changes do what they would do if typed slowly."""

import pytest
from textual.widgets import Input, OptionList

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.dialogs.help import HelpDialog
from ucdn_tui.ui.dialogs.picker import Picker
from ucdn_tui.ui.submit.screen import SubmitScreen
from ucdn_tui.ui.verify.screen import VerifyDialog


@pytest.fixture
def simulated(clock: FakeClock) -> Account:
    """Three tasks with two URLs each; the newest one comes first."""
    simulated = account(clock)
    for number, name in enumerate(("one", "two", "three")):
        add(simulated, name, ago=100.0 * number + 20, count=2)
    return simulated


async def sent(ui: DashboardHarness, *inputs: str) -> None:
    """Send keys in one packet, and wait until the program has nothing left to do."""
    ui.send(*inputs)
    for _ in range(5):
        await ui.pilot.pause()


def form_text(ui: DashboardHarness) -> str:
    assert isinstance(ui.app.screen, SubmitScreen)
    return ui.app.screen.draft.text


class TestAfterAMove:
    async def test_the_form_has_the_urls_of_the_new_task(self, simulated: Account, clock: FakeClock) -> None:
        async with running_dashboard(simulated, clock) as ui:
            await sent(ui, "j", "R")
            assert form_text(ui) == "https://cdn.test/two-1.jpg\nhttps://cdn.test/two-2.jpg"

    async def test_the_url_of_the_new_task_is_copied(self, simulated: Account, clock: FakeClock) -> None:
        async with running_dashboard(simulated, clock) as ui:
            await sent(ui, "j", "j", "y", "1")
            assert ui.app.clipboard == "https://cdn.test/three-1.jpg"

    async def test_the_url_that_has_the_cursor_is_verified(self, simulated: Account, clock: FakeClock) -> None:
        async with running_dashboard(simulated, clock) as ui:
            await sent(ui, "j", "enter", "j", "v")
            assert isinstance(ui.app.screen, VerifyDialog)
            assert "two-2.jpg" in ui.screen().partition("Verify at the edge")[2]
            assert "two-1.jpg" not in ui.screen().partition("Verify at the edge")[2]


class TestBetweenPanes:
    async def test_tab_twice_is_back_where_it_was(self, simulated: Account, clock: FakeClock) -> None:
        async with running_dashboard(simulated, clock) as ui:
            await sent(ui, "tab", "tab")
            assert ui.dashboard.tasks.has_focus

    async def test_escape_leaves_the_urls_and_keeps_the_filter(self, simulated: Account, clock: FakeClock) -> None:
        async with running_dashboard(simulated, clock) as ui:
            await sent(ui, "/", *"two", "enter", "enter", "escape")
            assert ui.dashboard.tasks.has_focus
            assert ui.dashboard.task_pane.filter_bar.text == "two"

    async def test_a_filter_and_what_comes_after_it(self, simulated: Account, clock: FakeClock) -> None:
        async with running_dashboard(simulated, clock) as ui:
            await sent(ui, "/", *"three", "enter", "y", "1")
            assert ui.dashboard.task_pane.filter_bar.text == "three"
            assert ui.app.clipboard == "https://cdn.test/three-1.jpg"


class TestDialogs:
    @pytest.mark.parametrize("inputs", [("https://cdn.test/a",), tuple("https://cdn.test/a")], ids=["pasted", "typed"])
    async def test_the_form_gets_what_is_sent_with_the_key_that_opens_it(
        self, simulated: Account, clock: FakeClock, inputs: tuple[str, ...]
    ) -> None:
        async with running_dashboard(simulated, clock) as ui:
            await sent(ui, "n", *inputs)
            assert form_text(ui) == "https://cdn.test/a"

    async def test_the_help_searches(self, simulated: Account, clock: FakeClock) -> None:
        async with running_dashboard(simulated, clock) as ui:
            await sent(ui, "?", "/", *"quota")
            assert isinstance(ui.app.screen, HelpDialog)
            assert ui.app.screen.query_one(Input).value == "quota"

    async def test_the_palette_runs_the_command_that_was_typed(self, simulated: Account, clock: FakeClock) -> None:
        async with running_dashboard(simulated, clock) as ui:
            ui.send("ctrl+p", *"pause", "enter")
            await ui.settle(lambda: "PAUSED" in ui.top_line())

    @pytest.mark.parametrize("opened", ["w", "s", "y"])
    async def test_a_second_enter_goes_to_the_screen_below(
        self, simulated: Account, clock: FakeClock, opened: str
    ) -> None:
        async with running_dashboard(simulated, clock) as ui:
            await sent(ui, opened, "enter", "enter")
            assert ui.app.screen is ui.dashboard
            assert ui.dashboard.details.has_focus_within

    @pytest.mark.parametrize("opened", ["ctrl+p", "w"])
    async def test_page_keys_do_nothing_where_no_list_has_room(
        self, simulated: Account, clock: FakeClock, opened: str
    ) -> None:
        async with running_dashboard(simulated, clock, size=(1, 1)) as ui:
            await ui.press(opened)
            await ui.settle(lambda: ui.app.screen.query_one(OptionList).option_count)
            await ui.press("pagedown", "pageup", "escape")
            assert ui.app.screen is ui.dashboard

    async def test_a_menu_closes_once(self, simulated: Account, clock: FakeClock) -> None:
        """Whatever sends it a second choice."""
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("n")
            form = ui.app.screen
            picker = Picker("menu", [])
            await ui.app.push_screen(picker)
            picker.dismiss(None)
            picker.dismiss(None)
            await ui.pilot.pause()
            assert ui.app.screen is form
