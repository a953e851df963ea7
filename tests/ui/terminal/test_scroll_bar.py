"""The scroll bar looks like Textual's, reacts to the mouse like it, and is painted only where it looks otherwise."""

from typing import Any

import pytest
from textual.geometry import Region
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.widget import Widget

from support.table import ListView, TableApp, columns
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.ui.terminal.scroll_bar import SteadyScrollBar

SIZE = (40, 21)


def app_of(rows: int) -> TableApp:
    return TableApp(LiveTable(columns(), ListView(range(rows))), css="LiveTable { height: 1fr; }")


def cells(strips: list[Strip]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what each cell shows, in which style, and what the mouse does there."""
    styled = [(text, style) for strip in strips for text, style, _ in strip]
    return [(text, str(style), style.meta if style else {}) for text, style in styled]


def textuals(bar: ScrollBar) -> list[Strip]:
    """Return the lines that Textual makes of the same bar."""
    Widget.refresh(bar)
    return Widget.render_lines(bar, bar.size.region)


def asked_of(bar: ScrollBar) -> list[int]:
    """Return a list that will get the number of each line that is painted."""
    lines: list[int] = []
    render = bar.render_lines

    def noting(crop: Region) -> list[Strip]:
        lines.extend(crop.line_range)
        return render(crop)

    vars(bar)["render_lines"] = noting
    return lines


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark"])
@pytest.mark.parametrize(
    ("rows", "top"), [(21, 0), (21, 1), (40, 7), (300, 0), (300, 150), (300, 280), (100_000, 99_000)]
)
async def test_it_looks_like_textuals_wherever_one_is(rows: int, top: int, theme: str) -> None:
    app = app_of(rows)
    async with app.run_test(size=SIZE) as pilot:
        app.theme = theme
        app.table.scroll_to(y=top, animate=False, force=True)
        await pilot.pause()
        bar = app.table.vertical_scrollbar
        assert isinstance(bar, SteadyScrollBar)
        assert bar.size.height == SIZE[1]
        assert cells(bar.render_lines(bar.size.region)) == cells(textuals(bar))
        for is_over in (True, False):
            bar.mouse_over = is_over
            assert cells(bar.render_lines(bar.size.region)) == cells(textuals(bar))


async def test_it_is_not_painted_while_a_long_list_grows() -> None:
    app = app_of(50_000)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        lines = asked_of(app.table.vertical_scrollbar)
        view = app.table.view
        assert isinstance(view, ListView)
        for count in range(50_000, 50_010):
            view.keys.append(count)
            app.table.refresh_view(set(), moved=True)
            await pilot.pause()
        assert app.table.vertical_scrollbar.window_virtual_size == 50_011
        assert lines == []


async def test_of_one_that_moves_its_ends_are_painted_and_of_another_theme_all() -> None:
    app = app_of(60)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        bar = app.table.vertical_scrollbar
        lines = asked_of(bar)
        before = cells(bar.render_lines(bar.size.region))
        lines.clear()
        app.table.scroll_to(y=3, animate=False, force=True)
        await pilot.pause()
        painted = sorted(lines)
        after = cells(bar.render_lines(bar.size.region))
        assert 0 < len(painted) < SIZE[1]
        assert painted == [y for y, (was, now) in enumerate(zip(before, after, strict=True)) if was != now]
        lines.clear()
        app.theme = "textual-light"
        await pilot.pause()
        assert set(lines) == set(range(SIZE[1]))
