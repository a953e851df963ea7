"""Problems are shown once, over the list without moving it, and hide no selected row."""

import re
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add_waiting, running_dashboard
from support.screen.export_menu import take
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.bars.freshness import FreshnessText, ProblemText
from ucdn_tui.ui.bars.problem_line import ProblemLine, problem_lines
from ucdn_tui.ui.bars.status_bar import StatusBar
from ucdn_tui.ui.dialogs.help import HelpDialog

LONG = "No permission (RetCode 299): none. Ask the account's owner for the right to describe tasks of this project."
SIZES = [(140, 40), (80, 24), (50, 14)]


class TestLines:
    @given(st.lists(st.text("ab 中", max_size=60), max_size=5), st.integers(-2, 50), st.booleans())
    def test_are_at_most_three_and_fit(self, sentences: list[str], width: int, may_wrap: bool) -> None:
        lines = problem_lines(sentences, width, "…", may_wrap=may_wrap)
        assert len(lines) <= 3
        assert all(cell_len(line) <= max(0, width) for line in lines if width > 1)

    def test_are_one_for_each_problem(self) -> None:
        assert problem_lines(["one", "two"], 80, "…", may_wrap=True) == ["one", "two"]

    def test_of_a_long_problem_are_two_where_there_is_height(self) -> None:
        assert problem_lines([LONG], 80, "…", may_wrap=True) == [LONG[:76].strip(), LONG[76:].strip()]
        assert problem_lines([LONG], 80, "…", may_wrap=False) == [f"{LONG[:75]} …"]
        assert problem_lines([LONG, "two"], 50, "…", may_wrap=True) == [f"{LONG[:42]} …", "two"]


def failing(status: int = 500) -> Callable[[httpx.Request], httpx.Response]:
    """Answer every request with this status, and with a request id of its own."""
    ids = iter(range(1000))
    return lambda _request: httpx.Response(status, headers={"X-UCLOUD-REQUEST-UUID": f"req-{next(ids)}"})


@pytest.fixture
def simulated(clock: FakeClock) -> Account:
    simulated = account(clock)
    add_waiting(simulated, [f"t{number:02}" for number in range(60)])
    return simulated


def names(ui: DashboardHarness) -> list[list[str]]:
    """Return the names of the tasks on each line of the screen."""
    return [re.findall(r"t\d\d-1", line) for line in ui.screen().split("\n")]


def text_styles(ui: DashboardHarness) -> str:
    """Return the styles of the last word of the status bar, which is the freshness."""
    content = ui.dashboard.query_one(StatusBar).content
    return " ".join(str(span.style) for span in content.spans if span.end == len(content.plain))


def place(ui: DashboardHarness) -> tuple[int, int]:
    """Return the first line of the problems, and the one after the last."""
    region = ui.dashboard.query_one(ProblemLine).region
    return region.y, region.bottom


async def fail(ui: DashboardHarness) -> None:
    ui.transport.fault = failing()
    await ui.pass_time(6)
    assert ui.trouble()


@pytest.mark.parametrize("size", SIZES)
async def test_a_fault_of_both_kinds_is_said_once_and_moves_no_row(
    simulated: Account, clock: FakeClock, size: tuple[int, int]
) -> None:
    async with running_dashboard(simulated, clock, size=size) as ui:
        before = names(ui)
        await fail(ui)
        assert ui.screen().count("Server error (HTTP 500)") == 1
        assert "req-" not in ui.screen()
        assert "refresh:" not in ui.trouble()
        first, end = place(ui)
        assert (end, end - first) == (size[1] - 1, 1)
        assert names(ui)[:first] == before[:first]
        ui.transport.fault = None
        await ui.pass_time(61)
        assert ui.trouble() == ""
        assert names(ui) == before


@pytest.mark.parametrize("size", SIZES)
async def test_the_problem_makes_room_for_the_selected_row(
    simulated: Account, clock: FakeClock, size: tuple[int, int]
) -> None:
    async with running_dashboard(simulated, clock, size=size) as ui:
        await fail(ui)
        assert place(ui)[1] == size[1] - 1
        await ui.press("G")
        assert "t59-1.jpg" in ui.screen()
        if ui.dashboard.tasks.region.bottom == size[1] - 1:
            assert place(ui)[0] == 1
        await ui.press("g")
        assert "t00-1.jpg" in ui.screen()
        assert ui.trouble() in " ".join(ui.screen().split())


async def test_the_problem_does_not_cover_the_filter_box(simulated: Account, clock: FakeClock) -> None:
    async with running_dashboard(simulated, clock, size=(160, 40)) as ui:
        await fail(ui)
        await ui.press("G")
        assert place(ui)[0] == 1
        await ui.press("slash", *"t5")
        assert place(ui)[0] > 1
        assert "/ t5" in ui.screen().split("\n")[1]


async def test_the_colour_is_red_or_amber(simulated: Account, clock: FakeClock) -> None:
    async with running_dashboard(simulated, clock) as ui:
        line = ui.dashboard.query_one(ProblemLine)
        for fault, colour in [(failing(), "error-muted"), (failing(429), "error-muted")]:
            ui.transport.fault = fault
            await ui.press("r")
            await ui.pass_time(30)
            assert line.styles.background.hex.lower() == ui.app.theme_variables[colour].lower()
            assert "$text-error" in text_styles(ui)
        line.show(FreshnessText("updated 3s ago", "3s ago", "ok", (ProblemText("2 values could not be read."),)))
        assert line.styles.background.hex.lower() == ui.app.theme_variables["warning-muted"].lower()


async def test_the_support_report_has_the_request_id_of_the_fault(simulated: Account, clock: FakeClock) -> None:
    async with running_dashboard(simulated, clock) as ui:
        await fail(ui)
        await take(ui, "support")
        assert re.search(r"^Request id of the last answer: req-\d+$", ui.app.clipboard, re.MULTILINE)


async def test_an_empty_list_says_the_problem_with_its_request_ids(clock: FakeClock) -> None:
    async with running_dashboard(account(clock), clock, size=(80, 24), wait=False, fault=failing()) as ui:
        await ui.settle(ui.trouble)
        await ui.pass_time(3)
        (words, ids) = re.match(r"(.*) \[(.*)\]$", " ".join(ui.tasks())).groups()
        assert words == ui.trouble()
        assert len(ids.split(", ")) == 2


async def test_a_click_shows_the_help(simulated: Account, clock: FakeClock) -> None:
    async with running_dashboard(simulated, clock) as ui:
        await fail(ui)
        assert await ui.pilot.click(ProblemLine)
        await ui.settle(lambda: isinstance(ui.app.screen, HelpDialog))
