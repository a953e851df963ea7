"""Toasts cover as little as possible: one line in a small terminal, and no text of a menu."""

import httpx
import pytest
from textual.widgets import OptionList
from textual.widgets._toast import Toast

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.bars.problem_line import ProblemLine
from ucdn_tui.ui.dialogs.help import HelpDialog

LONG = "a text that is longer than a line of a small terminal, as some of them are " * 2


@pytest.fixture
def simulated(clock: FakeClock) -> Account:
    simulated = account(clock)
    add(simulated, "one", ago=500)
    return simulated


async def toasts(ui: DashboardHarness, *toasts: tuple[str, str]) -> list[Toast]:
    """Show toasts, each a text and a title; return their widgets."""
    for text, title in toasts:
        ui.app.notify(text, title=title, markup=False)
    await ui.settle(lambda: len(ui.app.screen.query(Toast)) == len(toasts))
    await ui.settle(lambda: all(toast.region.area for toast in ui.app.screen.query(Toast)))
    return list(ui.app.screen.query(Toast))


@pytest.mark.parametrize("size", [(50, 14), (30, 8)])
async def test_a_toast_is_one_line_in_a_small_terminal(
    simulated: Account, clock: FakeClock, size: tuple[int, int]
) -> None:
    async with running_dashboard(simulated, clock, size=size, notifications=True) as ui:
        shown = await toasts(ui, ("succeeded in 1m50s", "Refresh finished"), (LONG, ""))
        assert [toast.region.height for toast in shown] == [1, 1]
        lines = ui.screen().split("\n")
        assert "Refresh finished" in lines[-3]
        assert "succeeded" not in ui.screen()
        assert "a text that is" in lines[-2]
        assert lines[-2].rstrip().endswith("…")
        assert "q Quit" in lines[-1]


async def test_a_toast_has_title_and_text_where_there_is_room(simulated: Account, clock: FakeClock) -> None:
    async with running_dashboard(simulated, clock, size=(80, 24), notifications=True) as ui:
        (toast,) = await toasts(ui, ("succeeded in 1m50s", "Refresh finished"))
        assert toast.region.height == 2
        assert "succeeded in 1m50s" in ui.screen()


async def test_a_toast_does_not_hide_the_problem(simulated: Account, clock: FakeClock) -> None:
    async with running_dashboard(simulated, clock, size=(50, 14), notifications=True) as ui:
        ui.transport.fault = lambda _request: httpx.Response(500)
        await ui.pass_time(61)
        (toast,) = await toasts(ui, (LONG, ""))
        problem = ui.dashboard.query_one(ProblemLine).region
        assert (toast.region.bottom, problem.bottom) == (problem.y, 13)


@pytest.mark.parametrize("size", [(140, 40), (80, 24), (50, 14)])
async def test_a_toast_hides_no_text_of_the_help(simulated: Account, clock: FakeClock, size: tuple[int, int]) -> None:
    async with running_dashboard(simulated, clock, size=size, notifications=True) as ui:
        await ui.press("question_mark", "slash")
        assert isinstance(ui.app.screen, HelpDialog)
        before = ui.screen().split("\n")
        (toast,) = await toasts(ui, ("succeeded in 1m50s", "Refresh finished"))
        assert ui.screen().split("\n")[:-1] == before[:-1]
        assert "/ Search  esc Close" in ui.screen()
        assert toast.region.y == size[1] - 1


@pytest.mark.parametrize("size", [(140, 40), (80, 24), (50, 14)])
@pytest.mark.parametrize("menu", ["y", "s", "w"])
async def test_a_toast_hides_no_choice_of_a_menu(
    simulated: Account, clock: FakeClock, size: tuple[int, int], menu: str
) -> None:
    async with running_dashboard(simulated, clock, size=size, notifications=True) as ui:
        await ui.press(menu)
        (toast,) = await toasts(ui, ("succeeded in 1m50s", "Refresh finished"))
        assert not toast.region.overlaps(ui.app.screen.query_one(OptionList).content_region)
