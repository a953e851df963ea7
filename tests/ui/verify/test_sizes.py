"""What the dialog says is readable in every size: nothing is cut that cannot be scrolled to."""

import re

import pytest

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness
from support.servers.raw_server import RawServer
from ucdn_tui.edge.words import vantage_words
from ui.verify.dialog import GONE, OLD, answered, part, rows, summary, verifying

SIZES = pytest.mark.parametrize("size", [(140, 40), (80, 24), (50, 14)], ids=str)


def shown(ui: DashboardHarness) -> str:
    """Return the text of the screen in one line, without frames and scrollbars."""
    return re.sub(r"[\s│▁-█]+", " ", ui.screen())


@SIZES
async def test_all_that_is_said_of_a_watch_is_readable(clock: FakeClock, size: tuple[int, int]) -> None:
    async with RawServer(OLD) as server, verifying(clock, server, size=size) as ui:
        await answered(ui)
        await ui.press("w")
        await ui.settle(lambda: "Next check in" in summary(ui))
        assert "✖ OLD COPY" in ui.screen()
        assert re.sub(r"\s+", " ", summary(ui)) in shown(ui)


async def test_the_lines_of_a_watch_stay_when_it_has_ended(clock: FakeClock) -> None:
    async with RawServer(OLD, OLD, OLD, OLD, GONE) as server, verifying(clock, server, size=(80, 24)) as ui:
        await answered(ui)
        await ui.press("w")
        await ui.settle(lambda: "Next check in" in summary(ui))
        before = ui.app.screen.query_one("#summary").region
        await ui.clock.advance(10)
        await ui.settle(lambda: "Watching has ended." in summary(ui))
        assert ui.app.screen.query_one("#summary").region == before


async def test_how_much_a_check_proves_is_among_the_details_of_a_low_screen(clock: FakeClock) -> None:
    async with RawServer(OLD) as server, verifying(clock, server, size=(50, 14)) as ui:
        await answered(ui)
        assert vantage_words() in part(ui, "#detail-text")
        await ui.press("tab", "end")
        await ui.settle(lambda: "and fills an empty cache." in shown(ui))


@SIZES
async def test_the_whole_diagnosis_can_be_scrolled_to(clock: FakeClock, size: tuple[int, int]) -> None:
    async with RawServer(OLD) as server, verifying(clock, server, size=size) as ui:
        await answered(ui)
        await ui.press("enter")
        await ui.settle(lambda: "Not the cause" in part(ui, "#diagnosis-text"))
        last = part(ui, "#diagnosis-text").splitlines()[-1].strip()
        await ui.press("end")
        await ui.settle(lambda: last in ui.screen())


async def test_it_survives_any_size_and_theme(clock: FakeClock) -> None:
    async with RawServer(OLD) as server, verifying(clock, server, count=4) as ui:
        await answered(ui)
        for size in ((80, 24), (20, 5), (1, 1), (300, 100), (160, 28)):
            for key in ("enter", "escape"):
                await ui.pilot.resize_terminal(*size)
                await ui.press(key)
        ui.app.theme = "textual-light"
        await ui.pilot.pause()
        assert rows(ui)[0].startswith("✖ OLD COPY")
