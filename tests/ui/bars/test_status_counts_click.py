"""Clicks on the top line: counts filter, names and the time range open their menus, the age refreshes."""

import re

import pytest

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER
from ucdn_tui.ui.dialogs.profiles import ProfilesDialog
from ucdn_tui.ui.text.glyphs import ASCII, UNICODE, Glyphs


@pytest.fixture
def mixed(clock: FakeClock) -> Account:
    """An account with two queued tasks, and one in each other status."""
    simulated = account(clock)
    add(simulated, "over", ago=500)
    add(simulated, "runs", ago=510, work=9000.0)
    add(simulated, "failed", ago=520, failing=(0,))
    add(simulated, "odd", ago=530, unknown=(0,))
    add(simulated, "stays", ago=540, queue=NEVER)
    add(simulated, "waits", ago=550, queue=NEVER)
    return simulated


def named(ui: DashboardHarness) -> list[str]:
    return [match[1] for row in ui.tasks() if (match := re.search(r"cdn\.test/(.+?)-1\.jpg", row))]


async def click(ui: DashboardHarness, part: str, character: int = -1) -> None:
    """Click on a character, by default the last one, of a part of the top line."""
    column = ui.screen().split("\n")[0].index(part) + range(len(part))[character]
    assert await ui.pilot.click("#status", offset=(column, 0))
    await ui.pilot.pause()


@pytest.mark.parametrize(("width", "glyphs"), [(140, UNICODE), (140, ASCII), (62, UNICODE), (62, ASCII)])
async def test_a_click_on_a_count_filters_and_the_next_one_shows_all(
    mixed: Account, clock: FakeClock, width: int, glyphs: Glyphs
) -> None:
    async with running_dashboard(mixed, clock, size=(width, 40), glyphs=glyphs) as ui:
        all_of_them = named(ui)
        for glyph, word, found in [
            (glyphs.process, "running", ["runs"]),
            (glyphs.wait, "queued", ["stays", "waits"]),
            (glyphs.failure, "failed", ["failed"]),
            (glyphs.success, "success", ["over"]),
            (glyphs.unknown, "unknown", ["odd"]),
        ]:
            count = f"{glyph} {len(found)} {word}" if width == 140 else f"{glyph}{len(found)}"
            await click(ui, count)
            assert named(ui) == found, count
            await click(ui, count, 0)
            assert named(ui) == all_of_them, count
        assert ui.dashboard.tasks.has_focus


async def test_a_click_beside_the_counts_does_nothing(mixed: Account, clock: FakeClock) -> None:
    async with running_dashboard(mixed, clock, size=(200, 28)) as ui:
        all_of_them = named(ui)
        for part in (" · ", "api.example.com", "24h ", "unknown "):
            await click(ui, part)
            assert (named(ui), ui.app.screen) == (all_of_them, ui.dashboard), part


@pytest.mark.parametrize(
    ("part", "title"), [("demo", "Profiles"), ("org-main01", "Projects"), ("24h", "Time range")], ids=str
)
async def test_a_click_on_a_name_or_the_time_range_opens_its_menu(
    mixed: Account, clock: FakeClock, part: str, title: str
) -> None:
    async with running_dashboard(mixed, clock) as ui:
        await click(ui, part)
        await ui.settle(lambda: ui.app.screen is not ui.dashboard)
        assert ui.app.screen.query_one(".dialog").border_title == title


@pytest.mark.parametrize("width", [140, 30])
async def test_a_click_on_the_age_refreshes(mixed: Account, clock: FakeClock, width: int) -> None:
    async with running_dashboard(mixed, clock, size=(width, 40)) as ui:
        await ui.pass_time(2)
        ui.service.requests.clear()
        await click(ui, "ago")
        await ui.pass_time(1)
        assert min(int(request["BeginTime"]) for request in ui.asked()) <= clock.server_now() - 86_400


@pytest.mark.parametrize("width", [140, 62])
async def test_a_click_on_the_stuck_ones_filters_and_the_next_one_shows_all(
    mixed: Account, clock: FakeClock, width: int
) -> None:
    add(mixed, "hangs", ago=9000, stuck=(0,))
    async with running_dashboard(mixed, clock, size=(width, 40)) as ui:
        all_of_them = named(ui)
        bar = ui.dashboard.task_pane.filter_bar
        await click(ui, "! 1 stuck" if width == 140 else "!1")
        assert bar.text == "is:stuck"
        assert ui.dashboard.task_pane.criteria.words
        await click(ui, "! 1 stuck" if width == 140 else "!1")
        assert (bar.text, named(ui)) == ("", all_of_them)


async def test_a_click_is_combined_with_the_filter(mixed: Account, clock: FakeClock) -> None:
    async with running_dashboard(mixed, clock) as ui:
        await ui.press("slash", *"stay", "enter")
        await click(ui, "✖ 1 failed")
        assert named(ui) == []
        await click(ui, "queued")
        assert named(ui) == ["stays"]


@pytest.mark.parametrize("width", [140, 62])
async def test_a_profile_name_that_resembles_a_count_does_not_filter(
    mixed: Account, clock: FakeClock, width: int
) -> None:
    async with running_dashboard(mixed, clock, size=(width, 40), glyphs=ASCII, profile="foo2") as ui:
        all_of_them = named(ui)
        await click(ui, "foo2")
        await ui.settle(lambda: isinstance(ui.app.screen, ProfilesDialog))
        await ui.press("escape")
        assert named(ui) == all_of_them
        await click(ui, " o 2 queued" if width == 140 else " o2")
        assert named(ui) == ["stays", "waits"]
