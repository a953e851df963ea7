"""The three layouts: where the panes are, and snapshots with a fixed seed and clock."""

import re

import pytest

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard
from support.svg import SvgSnapshot
from ucdn_tui.simulator.history import demo_account
from ucdn_tui.ui.text.glyphs import ASCII

WIDE, NARROW, SMALL = (160, 40), (100, 30), (50, 14)

SEED = 7
"""The seed of the account in the snapshots."""


def visible(ui: DashboardHarness) -> list[str]:
    """Return which panes are on the screen."""
    return [pane.id or "" for pane in (ui.dashboard.tasks, ui.dashboard.details) if pane.region.area]


def arrangement(ui: DashboardHarness) -> str:
    """Return how the panes are placed; the pane where there is only one."""
    if len(shown := visible(ui)) == 1:
        return shown[0]
    return "beside" if ui.dashboard.task_pane.region.y == ui.dashboard.details.region.y else "above"


class TestPanes:
    async def test_are_side_by_side_in_a_wide_terminal(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock, size=WIDE) as ui:
            tasks, details = ui.dashboard.tasks.region, ui.dashboard.details.region
            assert arrangement(ui) == "beside"
            assert visible(ui) == ["tasks", "details"]
            assert tasks.right + 1 == details.x, "a line between them"
            assert details.right == 160
            assert tasks.width > details.width
            assert tasks.y == details.y == 1
            assert tasks.height == details.height == 38

    async def test_are_stacked_in_a_narrow_terminal(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock, size=NARROW) as ui:
            tasks, details = ui.dashboard.tasks.region, ui.dashboard.details.region
            assert arrangement(ui) == "above"
            assert visible(ui) == ["tasks", "details"]
            assert tasks.bottom + 1 == details.y, "a line between them"
            assert tasks.width == details.width == 100
            assert tasks.height > details.height

    async def test_are_shown_one_at_a_time_in_a_small_terminal(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "one", count=3)
        task_id = add(simulated, "two", ago=5, count=2)
        async with running_dashboard(simulated, clock, size=SMALL) as ui:
            assert visible(ui) == ["tasks"]
            assert ui.dashboard.tasks.region.size == (50, 12)
            await ui.press("j", "enter")
            assert visible(ui) == ["details"]
            assert ui.dashboard.details.region.size == (50, 12)
            assert ui.dashboard.details.table.has_focus
            assert len(ui.urls()) == 2
            await ui.press("escape")
            assert visible(ui) == ["tasks"]
            assert ui.dashboard.tasks.has_focus
            assert ui.selected == task_id
            for _ in range(2):
                await ui.press("tab")
            assert visible(ui) == ["tasks"]

    async def test_change_exactly_at_the_size_limits(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock, size=WIDE) as ui:
            for size, expected in [
                ((150, 16), "beside"),
                ((149, 16), "above"),
                ((150, 15), "tasks"),
                ((60, 16), "above"),
                ((59, 16), "tasks"),
                ((60, 15), "tasks"),
                ((300, 100), "beside"),
            ]:
                await ui.pilot.resize_terminal(*size)
                await ui.pilot.pause()
                assert arrangement(ui) == expected, size

    async def test_keep_the_selected_task_visible_at_any_size(self, clock: FakeClock) -> None:
        simulated = demo_account(clock.server_now, SEED, arriving=False)
        async with running_dashboard(simulated, clock, size=WIDE) as ui:
            await ui.press("G", "k", "k")
            selected = ui.selected
            for size in (SMALL, (20, 5), WIDE, (1, 1), NARROW):
                await ui.pilot.resize_terminal(*size)
                await ui.pilot.pause()
                assert ui.selected == selected
                if size > (20, 5):
                    assert 0 <= ui.cursor_line < ui.dashboard.tasks.size.height - 1

    async def test_show_the_essentials_in_a_tiny_terminal(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "part", ago=600, count=30, failing=(1, 2, 3))
        async with running_dashboard(simulated, clock, size=(30, 6)) as ui:
            assert re.match(r"✖ +…/part-1\.jpg \+29$", ui.tasks()[0])
            assert ui.top_line().endswith("ago")
            assert "✖1" in ui.top_line()


async def test_the_key_line_cuts_no_hint(clock: FakeClock) -> None:
    async with running_dashboard(account(clock), clock, size=SMALL) as ui:
        line = ui.screen().split("\n")[-1].strip()
        assert line == "/ Filter  enter Open  3 Failed  ? Help  q Quit"


class TestWhatItLooksLike:
    """Snapshots: SNAPSHOT_UPDATE=1 stores what is drawn now."""

    @pytest.mark.parametrize("size", [WIDE, NARROW, SMALL], ids=["wide", "narrow", "small"])
    async def test_the_dashboard(self, clock: FakeClock, svg_snapshot: SvgSnapshot, size: tuple[int, int]) -> None:
        async with running_dashboard(demo_account(clock.server_now, SEED), clock, size=size) as ui:
            await ui.pass_time(37)
            await ui.press("j", "j", "j", "j")
            svg_snapshot(ui.app)

    async def test_the_urls_in_a_small_terminal(self, clock: FakeClock, svg_snapshot: SvgSnapshot) -> None:
        async with running_dashboard(demo_account(clock.server_now, SEED), clock, size=SMALL) as ui:
            await ui.pass_time(37)
            await ui.press("j", "j", "j", "j", "enter", "j")
            svg_snapshot(ui.app)

    async def test_without_unicode(self, clock: FakeClock, svg_snapshot: SvgSnapshot) -> None:
        async with running_dashboard(demo_account(clock.server_now, SEED), clock, size=NARROW, glyphs=ASCII) as ui:
            svg_snapshot(ui.app)
