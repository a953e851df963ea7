"""Zoom shows one pane alone; the split says how much of the room each pane gets, and is kept for the next start."""

import json
from pathlib import Path

import pytest

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard
from ucdn_tui.ui.panes.panes import Splitter
from ucdn_tui.ui.ui_state import StateFile

WIDE, NARROW, SMALL = (160, 40), (100, 30), (50, 14)

LARGER, SMALLER = "greater_than_sign", "less_than_sign"

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "screen.json"


def visible(ui: DashboardHarness) -> list[str]:
    """Return which panes are on the screen."""
    return [name for name, pane in (("tasks", ui.dashboard.task_pane), ("urls", ui.dashboard.details))
            if pane.region.area]  # fmt: skip


def room(ui: DashboardHarness, *, wide: bool) -> tuple[int, int]:
    """Return the widths of both panes where they are side by side, else their heights."""
    panes = ui.dashboard.task_pane.region, ui.dashboard.details.region
    tasks, urls = (pane.width if wide else pane.height for pane in panes)
    return tasks, urls


def share(ui: DashboardHarness, *, wide: bool) -> float:
    """Return the percent of the room that the task list has."""
    tasks, urls = room(ui, wide=wide)
    return 100 * tasks / (tasks + urls)


async def resize(ui: DashboardHarness, size: tuple[int, int]) -> None:
    await ui.pilot.resize_terminal(*size)
    await ui.pilot.pause()


async def drag(ui: DashboardHarness, x: int, y: int) -> None:
    """Drag the line between the panes to this cell of the screen."""
    splitter = ui.dashboard.query_one(Splitter)
    await ui.pilot.mouse_down(splitter, offset=(splitter.region.width // 2, splitter.region.height // 2))
    await ui.pilot.hover(offset=(x, y))
    await ui.pilot.mouse_up(offset=(x, y))
    await ui.pilot.pause()


class TestZoom:
    @SIZES
    async def test_shows_the_pane_with_the_focus_alone_and_both_again(
        self, clock: FakeClock, size: tuple[int, int]
    ) -> None:
        simulated = account(clock)
        add(simulated, "one", count=3)
        async with running_dashboard(simulated, clock, size=size) as ui:
            both = ui.dashboard.task_pane.region, ui.dashboard.details.region
            await ui.press("z")
            assert visible(ui) == ["tasks"]
            assert ui.dashboard.task_pane.region.size == (size[0], size[1] - 2)
            await ui.press("z", "enter", "z")
            assert visible(ui) == ["urls"]
            assert ui.dashboard.details.region.size == (size[0], size[1] - 2)
            assert ui.dashboard.details.table.has_focus
            await ui.press("z")
            assert (ui.dashboard.task_pane.region, ui.dashboard.details.region) == both
            assert ui.dashboard.details.table.has_focus

    @pytest.mark.parametrize("lines", range(15, 22))
    async def test_in_a_low_terminal_shows_both_again(self, clock: FakeClock, lines: int) -> None:
        simulated = account(clock)
        add(simulated, "one", count=3)
        async with running_dashboard(simulated, clock, size=(100, lines)) as ui:
            before = visible(ui)
            await ui.press("z", "z")
            assert visible(ui) == before

    async def test_follows_the_focus(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "one", count=3)
        task_id = add(simulated, "two", ago=5, count=2)
        async with running_dashboard(simulated, clock, size=NARROW) as ui:
            await ui.press("z", "j", "tab")
            assert visible(ui) == ["urls"]
            assert len(ui.urls()) == 2
            await ui.press("tab")
            assert visible(ui) == ["tasks"]
            await ui.press("enter")
            assert visible(ui) == ["urls"]
            await ui.press("escape")
            assert visible(ui) == ["tasks"]
            assert ui.selected == task_id
            await ui.press("z")
            assert visible(ui) == ["tasks", "urls"]

    async def test_stays_while_the_terminal_changes_its_size(self, clock: FakeClock) -> None:
        simulated = account(clock)
        for number in range(60):
            add(simulated, f"task-{number}", ago=number)
        async with running_dashboard(simulated, clock, size=NARROW) as ui:
            await ui.press("z", *"jjjjj")
            selected = ui.selected
            for size in (WIDE, (80, 24), SMALL, (200, 50), (20, 5), NARROW):
                await resize(ui, size)
                assert visible(ui) == ["tasks"]
                assert ui.dashboard.task_pane.region.width == size[0]
                assert ui.selected == selected
                assert 0 <= ui.cursor_line < ui.dashboard.tasks.size.height
            await ui.press("z")
            assert visible(ui) == ["tasks", "urls"]

    async def test_small_terminal_shows_the_same_pane_with_and_without(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "one", count=3)
        async with running_dashboard(simulated, clock, size=SMALL) as ui:
            for keys, shown in [("z", "tasks"), ("tab", "urls"), ("z", "urls"), ("tab", "tasks")]:
                await ui.press(keys)
                assert visible(ui) == [shown]
            await resize(ui, NARROW)
            assert visible(ui) == ["tasks", "urls"]

    async def test_filter_box_of_the_zoomed_pane_keeps_it(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "one", count=3)
        async with running_dashboard(simulated, clock, size=NARROW) as ui:
            await ui.press("enter", "z", "/", *"one-2", "enter")
            assert visible(ui) == ["urls"]
            assert len(ui.urls()) == 1


class TestSplit:
    @pytest.mark.parametrize(("size", "wide"), [(WIDE, True), (NARROW, False)])
    async def test_keys_move_it_in_steps_as_far_as_both_panes_are_usable(
        self, clock: FakeClock, size: tuple[int, int], wide: bool
    ) -> None:
        async with running_dashboard(account(clock), clock, size=size) as ui:
            whole = sum(room(ui, wide=wide))
            before = share(ui, wide=wide)
            await ui.press(LARGER)
            assert share(ui, wide=wide) == pytest.approx(before + 5, abs=4)
            assert sum(room(ui, wide=wide)) == whole
            await ui.press(*[LARGER] * 20)
            assert share(ui, wide=wide) == pytest.approx(80 if wide else 67, abs=3)
            await ui.press(*[SMALLER] * 30)
            assert share(ui, wide=wide) == pytest.approx(20, abs=3)
            await ui.press(LARGER)
            assert share(ui, wide=wide) == pytest.approx(25, abs=3), "one step from the limit"

    @pytest.mark.parametrize(("size", "wide"), [(WIDE, True), (NARROW, False)])
    async def test_mouse_drags_it(self, clock: FakeClock, size: tuple[int, int], wide: bool) -> None:
        async with running_dashboard(account(clock), clock, size=size) as ui:
            await drag(ui, size[0] // 2, size[1] // 2)
            assert share(ui, wide=wide) == pytest.approx(50, abs=4)
            region = ui.dashboard.task_pane.region
            assert (region.right, region.bottom)[not wide] == pytest.approx(
                (size[0] // 2, size[1] // 2)[not wide], abs=1
            )
            await drag(ui, 1, 2)
            assert share(ui, wide=wide) == pytest.approx(20, abs=3)
            await drag(ui, size[0] - 1, size[1] - 1)
            assert share(ui, wide=wide) == pytest.approx(80 if wide else 67, abs=3)

    async def test_mouse_that_is_not_dragging_moves_nothing(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock, size=WIDE) as ui:
            before = share(ui, wide=True)
            await drag(ui, 100, 10)
            moved = share(ui, wide=True)
            assert moved != before
            await ui.pilot.hover(ui.dashboard.query_one(Splitter))
            await ui.pilot.hover(offset=(60, 10))
            assert share(ui, wide=True) == moved

    async def test_wide_and_narrow_terminals_have_their_own(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock, size=WIDE) as ui:
            await ui.press(*[SMALLER] * 4)
            beside = room(ui, wide=True)
            await resize(ui, NARROW)
            above = room(ui, wide=False)
            await ui.press(LARGER)
            assert room(ui, wide=False) != above
            await resize(ui, WIDE)
            assert room(ui, wide=True) == beside

    async def test_does_not_move_while_one_pane_is_alone(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock, size=NARROW) as ui:
            before = room(ui, wide=False)
            await ui.press("z", LARGER, LARGER, "z")
            assert room(ui, wide=False) == before
            await resize(ui, SMALL)
            await ui.press(LARGER, LARGER)
            await resize(ui, NARROW)
            assert room(ui, wide=False) == before


class TestNextStart:
    async def test_has_the_split_but_not_the_zoom(self, clock: FakeClock, path: Path) -> None:
        async with running_dashboard(account(clock), clock, size=WIDE, state_file=StateFile(path)) as ui:
            await drag(ui, 70, 10)
            moved = room(ui, wide=True)
            await resize(ui, NARROW)
            await ui.press(SMALLER, SMALLER)
            lowered = room(ui, wide=False)
            await ui.press("z")
        async with running_dashboard(account(clock), clock, size=WIDE, state_file=StateFile(path)) as ui:
            assert visible(ui) == ["tasks", "urls"]
            assert room(ui, wide=True) == moved
            await resize(ui, NARROW)
            assert room(ui, wide=False) == lowered

    @pytest.mark.parametrize(("beside", "percent"), [(500, 80), (-3, 20), (0, 20), (79, 79)])
    async def test_has_a_usable_split_whatever_the_file_says(
        self, clock: FakeClock, path: Path, beside: int, percent: int
    ) -> None:
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"split": {"beside": beside, "above": beside}}))
        async with running_dashboard(account(clock), clock, size=WIDE, state_file=StateFile(path)) as ui:
            assert share(ui, wide=True) == pytest.approx(percent, abs=1)

    @pytest.mark.parametrize("split", ["[]", '{"beside": "x"}', "null", '{"beside": 1e99}'])
    async def test_has_the_usual_split_if_the_file_cannot_be_read(
        self, clock: FakeClock, path: Path, split: str
    ) -> None:
        path.parent.mkdir(parents=True)
        path.write_text(f'{{"split": {split}}}')
        async with running_dashboard(account(clock), clock, size=WIDE, state_file=StateFile(path)) as ui:
            assert share(ui, wide=True) == pytest.approx(66, abs=1)
