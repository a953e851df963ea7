"""The three widths: which panes are seen where, and what they look like with a fixed seed and clock."""

import re

import pytest

from support.clock import FakeClock
from support.screen.dashboard import Watching, account, add, watching
from support.svg import SvgSnapshot
from ucdn_tui.simulator.history import demo_account
from ucdn_tui.ui.format import ASCII

WIDE, NARROW, SMALL = (140, 40), (100, 30), (50, 14)

SEED = 7
"""Of the account that is drawn."""


def seen(w: Watching) -> list[str]:
    """Return which panes are on the screen."""
    return [pane.id or "" for pane in (w.dashboard.tasks, w.dashboard.details) if pane.region.area]


def classes(w: Watching) -> set[str]:
    return set(w.dashboard.classes) & {"-wide", "-small", "-inside"}


class TestThePanes:
    async def test_stand_side_by_side_in_a_wide_terminal(self, clock: FakeClock) -> None:
        async with watching(account(clock), clock, size=WIDE) as w:
            tasks, details = w.dashboard.tasks.region, w.dashboard.details.region
            assert classes(w) == {"-wide"}
            assert seen(w) == ["tasks", "details"]
            assert tasks.right == details.x
            assert tasks.y == details.y == 1
            assert tasks.height == details.height == 38

    async def test_stand_one_above_the_other_in_a_narrow_one(self, clock: FakeClock) -> None:
        async with watching(account(clock), clock, size=NARROW) as w:
            tasks, details = w.dashboard.tasks.region, w.dashboard.details.region
            assert classes(w) == set()
            assert seen(w) == ["tasks", "details"]
            assert tasks.bottom == details.y
            assert tasks.width == details.width == 100
            assert tasks.height > details.height

    async def test_take_turns_in_a_small_one(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "one", count=3)
        task_id = add(simulated, "two", ago=5, count=2)
        async with watching(simulated, clock, size=SMALL) as w:
            assert (classes(w), seen(w)) == ({"-small"}, ["tasks"])
            assert w.dashboard.tasks.region.size == (50, 12)
            await w.press("j", "enter")
            assert (classes(w), seen(w)) == ({"-small", "-inside"}, ["details"])
            assert w.dashboard.details.region.size == (50, 12)
            assert w.dashboard.details.table.has_focus
            assert len(w.urls()) == 2
            await w.press("escape")
            assert (classes(w), seen(w)) == ({"-small"}, ["tasks"])
            assert w.dashboard.tasks.has_focus
            assert w.selected == task_id
            for _ in range(2):
                await w.press("tab")
            assert seen(w) == ["tasks"]

    async def test_change_with_the_terminals_size_exactly_at_the_limits(self, clock: FakeClock) -> None:
        async with watching(account(clock), clock, size=WIDE) as w:
            for size, expected in [
                ((110, 16), {"-wide"}),
                ((109, 16), set()),
                ((110, 15), {"-small"}),
                ((60, 16), set()),
                ((59, 16), {"-small"}),
                ((60, 15), {"-small"}),
                ((300, 100), {"-wide"}),
            ]:
                await w.pilot.resize_terminal(*size)
                await w.pilot.pause()
                assert classes(w) == expected, size
                assert seen(w) == (["tasks"] if "-small" in expected else ["tasks", "details"])

    async def test_keep_the_selected_task_in_sight_through_any_size(self, clock: FakeClock) -> None:
        simulated = demo_account(clock.server_now, SEED, arriving=False)
        async with watching(simulated, clock, size=WIDE) as w:
            await w.press("G", "k", "k")
            selected = w.selected
            for size in (SMALL, (20, 5), WIDE, (1, 1), NARROW):
                await w.pilot.resize_terminal(*size)
                await w.pilot.pause()
                assert w.selected == selected
                if size > (20, 5):
                    assert 0 <= w.height < w.dashboard.tasks.size.height - 1

    async def test_leave_what_is_needed_most_where_there_is_next_to_no_room(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "part", ago=600, count=30, failing=(1, 2, 3))
        async with watching(simulated, clock, size=(30, 6)) as w:
            assert re.match(r"✖ 3/30 +9\d% +cdn\.t…t-1\.jpg \+29$", w.tasks()[0])
            assert w.top_line().endswith("ago")
            assert "✖1" in w.top_line()


async def test_the_footer_names_no_key_by_half(clock: FakeClock) -> None:
    async with watching(account(clock), clock, size=SMALL) as w:
        line = w.screen().split("\n")[-1].strip()
        assert line == "/ Find  tab Pane  r Refresh  ? Help  q Quit"


class TestWhatItLooksLike:
    """Snapshots: SNAPSHOT_UPDATE=1 stores what is drawn now."""

    @pytest.mark.parametrize("size", [WIDE, NARROW, SMALL], ids=["wide", "narrow", "small"])
    async def test_the_dashboard(self, clock: FakeClock, svg_snapshot: SvgSnapshot, size: tuple[int, int]) -> None:
        async with watching(demo_account(clock.server_now, SEED), clock, size=size) as w:
            await w.pass_time(37)
            await w.press("j", "j", "j", "j")
            svg_snapshot(w.app)

    async def test_the_urls_in_a_small_terminal(self, clock: FakeClock, svg_snapshot: SvgSnapshot) -> None:
        async with watching(demo_account(clock.server_now, SEED), clock, size=SMALL) as w:
            await w.pass_time(37)
            await w.press("j", "j", "j", "j", "enter", "j")
            svg_snapshot(w.app)

    async def test_without_unicode(self, clock: FakeClock, svg_snapshot: SvgSnapshot) -> None:
        async with watching(demo_account(clock.server_now, SEED), clock, size=NARROW, glyphs=ASCII) as w:
            svg_snapshot(w.app)
