"""What the dashboard's compositor sends makes the very picture that Textual's own would, and takes less to do so."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rich.cells import cell_len
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.containers import Container
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from support.clock import FakeClock
from support.watching import Watching, account, add, add_waiting, watching
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.terminal.compositor import FrontCompositor

WIDE, NARROW, SMALL = (140, 30), (100, 24), (50, 14)

LETTERS = ["j", "k", "G", "g", "s", "S", "1", "0", "a", "f", "p", "y"]
KEYS = [*LETTERS, "down", "pagedown", "tab", "enter", "escape", "space", "question_mark"]

Render = Callable[[Region], list[Strip]]

Cell = tuple[str, str]
"""A character ("" for the second half of a wide one), and its style, link included."""


class Canvas:
    """What a terminal shows of the updates that it was sent."""

    def __init__(self, app: Any) -> None:
        self.lines: list[list[Cell]] = []
        self.updates: list[str] = []
        display = app._display

        def draw(screen: Screen[Any], update: Any) -> None:
            display(screen, update)
            if not app._batch_count:
                self.draw(update)

        app._display = draw

    def draw(self, update: Any) -> None:
        self.updates.append(type(update).__name__)
        match update:
            case LayoutUpdate():
                self.lines = [[cell for strip in line for cell in cells(strip)] for line in update.strips]
            case ChopsUpdate():
                for y, start, end in update.spans:
                    pieces = zip(update.chops[y].items(), update.chop_ends[y], strict=True)
                    for (x, strip), piece_end in pieces:
                        if strip is not None and x < end and piece_end > start:
                            drawn = cells(strip.crop(0, min(piece_end, end) - x))
                            self.lines[y][x : x + len(drawn)] = drawn


def cells(strip: Iterable[Any]) -> list[Cell]:
    """Return what each cell shows."""
    return [
        (half, str(style))
        for text, style, _ in strip
        for character in text
        for half in [character, ""][: cell_len(character)]
    ]


@contextmanager
def textuals(compositor: Compositor) -> Iterator[Compositor]:
    """Let a compositor be Textual's own for a while."""
    kind = type(compositor)
    compositor.__class__ = Compositor
    try:
        yield compositor
    finally:
        compositor.__class__ = kind


def picture(screen: Screen[Any]) -> list[list[Cell]]:
    """Return all that is to be seen, as Textual's own compositor has it."""
    with textuals(screen._compositor) as compositor:
        chops = compositor._render_chops(screen.size.region, lambda _y: True)
    return [[cell for strip in line.values() for cell in cells(strip)] for line in chops]


def busy(clock: FakeClock) -> Account:
    simulated = account(clock)
    add_waiting(simulated, [f"queued-{number}" for number in range(30)])
    for number in range(9):
        add(simulated, f"例え-{number}", ago=20 + number, count=1 + 7 * number, work=30.0)
    add(simulated, "failed", ago=300, count=3, failing=(1,))
    return simulated


class TestThePicture:
    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("size", [WIDE, NARROW, SMALL], ids=["wide", "narrow", "small"])
    async def test_is_the_one_that_textual_would_paint_whatever_has_happened(
        self, clock: FakeClock, size: tuple[int, int], seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)  # where a key may leave a file
        random = Random(seed)
        async with watching(busy(clock), clock, size=size) as w:
            canvas = Canvas(w.app)
            w.dashboard.refresh()
            await w.pilot.pause()
            for _ in range(25):
                doing = random.choice([*KEYS, "time"])
                if doing == "time":
                    await w.pass_time(random.choice([1, 5]))
                else:
                    await w.press(doing)
                await w.pilot.pause()
                assert canvas.lines == picture(w.app.screen), doing
            assert {"LayoutUpdate", "ChopsUpdate"} <= set(canvas.updates)

    @pytest.mark.parametrize("seed", range(20))
    async def test_of_any_regions_is_that_of_textual(self, clock: FakeClock, seed: int) -> None:
        random = Random(seed)
        async with watching(busy(clock), clock, size=random.choice([WIDE, NARROW, SMALL])) as w:
            compositor, whole = w.dashboard._compositor, picture(w.dashboard)
            width, height = w.dashboard.size
            regions = set()
            for _ in range(random.randint(1, 6)):
                x, y = random.randrange(-2, width), random.randrange(-2, height)
                region = Region(x, y, random.randint(1, width), random.randint(1, 5))
                regions.add(region.intersection(w.dashboard.size.region))
            regions.discard(Region())
            compositor._dirty_regions = set(regions)
            update = compositor.render_partial_update()
            assert not compositor._dirty_regions
            canvas = Canvas(w.app)
            canvas.lines = [[("?", "")] * width for _ in range(height)]
            canvas.draw(update)
            for region in regions:
                for y in region.line_range:
                    assert canvas.lines[y][region.x : region.right] == whole[y][region.x : region.right]

    @pytest.mark.parametrize("seed", range(5))
    async def test_of_many_spots_on_a_line_is_that_of_textual(self, clock: FakeClock, seed: int) -> None:
        random = Random(seed)
        async with watching(busy(clock), clock, size=WIDE) as w:
            compositor, whole = w.dashboard._compositor, picture(w.dashboard)
            for y in range(w.dashboard.size.height):
                spots = {Region(random.randrange(139), y, random.randint(1, 3), 1) for _ in range(12)}
                compositor._dirty_regions = set(spots)
                canvas = Canvas(w.app)
                canvas.lines = [[("?", "")] * 142 for _ in range(30)]
                canvas.draw(compositor.render_partial_update())
                for spot in spots:
                    cells_of = slice(spot.x, min(spot.right, 140))
                    assert canvas.lines[y][cells_of] == whole[y][cells_of], "what has changed"
                sent = [at for at, cell in enumerate(canvas.lines[y]) if cell != ("?", "")]
                assert [canvas.lines[y][at] for at in sent] == [whole[y][at] for at in sent], (
                    "and nothing else is harmed"
                )

    async def test_of_nothing_is_nothing(self, clock: FakeClock) -> None:
        async with watching(busy(clock), clock, size=WIDE) as w:
            for nothing in (Region(500, 3, 5, 1), Region(3, 500, 5, 1), Region(3, 3, 5, 0)):
                w.dashboard._compositor._dirty_regions = {nothing}
                assert w.dashboard._compositor.render_partial_update() is None
                w.dashboard._compositor._dirty_regions = set()
                assert w.dashboard._compositor.render_partial_update() is None


class TestTheWork:
    async def test_leaves_out_what_lies_beneath_and_beside(self, clock: FakeClock) -> None:
        async with watching(busy(clock), clock, size=WIDE) as w:
            assert type(w.dashboard._compositor) is FrontCompositor
            asked = rendered(w)
            w.dashboard.tasks.refresh(Region(0, 3, 20, 2), Region(0, 9, 20, 1))
            await w.pilot.pause()
            tasks = w.dashboard.tasks
            assert asked == [(tasks, Region(0, 3, asked[0][1].width, 2)), (tasks, Region(0, 9, asked[0][1].width, 1))]

    async def test_asks_everything_that_can_be_seen_for_the_whole(self, clock: FakeClock) -> None:
        async with watching(busy(clock), clock, size=WIDE) as w:
            asked = rendered(w)
            w.dashboard.refresh()
            await w.pilot.pause()
            widgets = [widget for widget, _ in asked]
            assert {w.dashboard.tasks, w.dashboard.details.table} <= set(widgets)
            assert not any(isinstance(widget, Container) for widget in widgets), "nothing is to be seen of it"


def rendered(w: Watching) -> list[tuple[Any, Region]]:
    """Return a list that will get each widget of which something is rendered, and what."""
    asked: list[tuple[Any, Region]] = []
    for widget in w.dashboard._compositor.visible_widgets:
        render = widget.render_lines

        def noting(crop: Region, widget: Any = widget, render: Render = render) -> list[Strip]:
            asked.append((widget, crop))
            return render(crop)

        vars(widget)["render_lines"] = noting
    return asked
