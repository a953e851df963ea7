"""VirtualList: it asks for and repaints only visible rows, and follows the size of the terminal."""

from typing import TYPE_CHECKING

from support.screen.table import (
    ROWS,
    STEPS,
    ListView,
    Row,
    TableApp,
    columns,
    count_lines,
    cursor_line,
    painted,
    running_table,
)
from ucdn_tui.ui.table.live_table import LiveTable

if TYPE_CHECKING:
    from collections.abc import Callable


class TestResizing:
    async def test_cursor_stays_visible_when_the_terminal_shrinks(self) -> None:
        view = ListView(range(100))
        app = TableApp(LiveTable(columns(), STEPS, view), css="LiveTable { height: 1fr; }")
        async with app.run_test(size=(40, 21)) as pilot:
            app.table.move_to(15)
            await pilot.resize_terminal(40, 11)
            await pilot.pause()
            assert cursor_line(app.table) == 9
            await pilot.resize_terminal(40, 31)
            await pilot.pause()
            assert cursor_line(app.table) == 9
            await pilot.resize_terminal(12, 11)
            await pilot.pause()
            assert cursor_line(app.table) == 9
            assert {len(text) for text in painted(app.table)} == {12}

    async def test_cursor_set_before_the_first_layout_is_visible(self) -> None:
        table = LiveTable(columns(), STEPS, ListView(range(100)))
        table.move_to(70)
        app = TableApp(table)
        async with app.run_test(size=(40, 12)) as pilot:
            await pilot.pause()
            assert cursor_line(table) == 9


class TestRepainting:
    async def test_only_changed_visible_lines_are_repainted(self) -> None:
        async with running_table(range(100)) as r:
            lines = count_lines(r.table)
            r.view.rows.update({key: Row(key, "new") for key in (2, 7, 50)})
            r.table.refresh_view({2, 7, 50}, moved=False)
            await r.pilot.pause()
            assert sorted(lines) == [3, 8]
            assert painted(r.table)[3].split() == ["row", "2", "new"]

    async def test_changes_of_invisible_rows_repaint_nothing(self) -> None:
        async with running_table(range(100)) as r:
            lines = count_lines(r.table)
            r.table.refresh_view([50, 60], moved=False)
            r.table.refresh_view((), moved=False)
            r.table.tick()
            await r.pilot.pause()
            assert lines == []

    async def test_step_of_the_cursor_repaints_two_lines(self) -> None:
        async with running_table(range(100)) as r:
            lines = count_lines(r.table)
            await r.pilot.press("down")
            assert sorted(lines) == [1, 2]

    async def test_operations_ask_only_for_visible_rows(self) -> None:
        async with running_table(range(100_000)) as r:
            r.view.index_of = lambda key: key if 0 <= key < 100_000 else None
            operations: list[Callable[[], object]] = [
                lambda: r.table.refresh_view(range(100_000), moved=False),
                lambda: r.table.refresh_view(None, moved=False),
                lambda: r.table.refresh_view(None, moved=True),
                lambda: r.table.set_view(r.view),
                lambda: r.table.move_to(70_000),
                lambda: r.table.action_page(1),
                r.table.tick,
                r.table.repaint,
            ]
            for operation in operations:
                r.view.asked = 0
                operation()
                await r.pilot.pause()
                assert r.view.asked < 10 * ROWS


async def test_scroll_bar_is_repainted_only_if_its_thumb_changes() -> None:
    async with running_table(range(50_000)) as r:
        bar = r.table.vertical_scrollbar
        refreshed: list[int] = []
        vars(bar)["refresh"] = lambda *_regions, **_options: refreshed.append(int(bar.window_virtual_size))
        await r.show(range(50_010))
        assert bar.window_virtual_size == 50_011
        assert refreshed == []
        await r.show(range(20))
        assert refreshed == [21]
