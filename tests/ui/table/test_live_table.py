"""LiveTable's cursor: it stays on its row and its line, whatever happens to the rows."""

from collections.abc import Callable

import pytest

from support.screen.table import ListView, cursor_line, painted, running_table


class TestSelectedRow:
    @pytest.mark.parametrize(
        "change",
        [
            lambda keys: [*range(-3, 0), *keys],
            lambda keys: [*range(-100, 0), *keys],
            lambda keys: keys[7:],
            lambda keys: keys[:20] + keys[60:],
            lambda keys: keys[::-1],
            lambda keys: sorted(keys, key=lambda key: key * 7919 % 100),
        ],
        ids=["three above", "a hundred above", "seven gone above", "forty gone below", "reversed", "sorted"],
    )
    async def test_selected_row_stays_on_its_line_through_any_change(
        self, change: Callable[[list[int]], list[int]]
    ) -> None:
        async with running_table(range(100)) as r:
            r.table.move_to(19)
            r.table.move_to(14)
            await r.pilot.pause()
            assert cursor_line(r.table) == 4
            await r.show(change(r.view.keys))
            assert r.table.cursor_key == 14
            assert r.table.cursor_index == r.view.keys.index(14)
            assert cursor_line(r.table) == 4
            r.check_painted()
            assert r.app.highlighted == [0, 19, 14]

    async def test_list_ends_limit_the_line(self) -> None:
        async with running_table(range(100)) as r:
            r.table.move_to(50)
            await r.pilot.pause()
            assert cursor_line(r.table) == 9
            await r.show([48, 49, *range(50, 100)])
            assert cursor_line(r.table) == 2
            await r.show(range(51))
            assert cursor_line(r.table) == 9
            await r.show([50])
            assert cursor_line(r.table) == 0

    async def test_rows_above_the_top_one_scroll_the_list(self) -> None:
        async with running_table(range(100)) as r:
            await r.pilot.press("down", "up")
            await r.show([*range(-5, 0), *r.view.keys])
            assert (r.table.cursor_key, cursor_line(r.table)) == (0, 0)
            assert r.table.scroll_offset.y == 5

    async def test_cursor_stays_on_its_row_in_another_view_if_asked(self) -> None:
        async with running_table(range(100)) as r:
            r.table.move_to(30)
            r.table.set_view(ListView(range(20, 60)), keep_cursor=True)
            assert (r.table.cursor_key, r.table.cursor_index) == (30, 10)

    async def test_another_view_is_shown_from_its_top(self) -> None:
        async with running_table(range(100)) as r:
            r.table.move_to(30)
            r.table.view = ListView(range(20, 60))
            await r.pilot.pause()
            assert (r.table.cursor_key, r.table.scroll_offset.y) == (20, 0)
            assert r.app.highlighted == [0, 30, 20]


class TestPinnedCursor:
    async def test_cursor_stays_on_the_first_row_while_the_list_fills(self) -> None:
        async with running_table() as r:
            for first in (50, 20, 0):
                await r.show(range(first, 100))
                assert (r.table.cursor_key, cursor_line(r.table)) == (first, 0)

    @pytest.mark.parametrize("key", ["down", "up", "home", "pagedown", "enter"])
    async def test_any_key_unpins_the_cursor(self, key: str) -> None:
        async with running_table(range(100)) as r:
            await r.pilot.press(key)
            taken = r.table.cursor_key
            await r.show(range(-5, 100))
            assert r.table.cursor_key == taken

    async def test_click_unpins_the_cursor(self) -> None:
        async with running_table(range(100)) as r:
            await r.pilot.click(r.table, offset=(3, 1))
            await r.show(range(-5, 100))
            assert r.table.cursor_key == 0

    async def test_key_in_an_empty_list_does_not_unpin(self) -> None:
        async with running_table() as r:
            await r.pilot.press("down", "G", "enter")
            await r.show(range(50, 100))
            await r.show(range(100))
            assert r.table.cursor_key == 0
            assert r.app.selected == []

    async def test_cursor_is_pinned_again_in_another_view(self) -> None:
        async with running_table(range(100)) as r:
            await r.pilot.press("down")
            r.view = ListView(range(50, 60))
            r.table.view = r.view
            await r.show(range(60))
            assert r.table.cursor_key == 0

    async def test_owner_unpins_when_the_list_is_complete(self) -> None:
        async with running_table(range(50, 100)) as r:
            r.table.release_top()
            await r.show(range(100))
            assert (r.table.cursor_key, cursor_line(r.table)) == (50, 0)

    async def test_pinning_is_optional(self) -> None:
        async with running_table(range(50, 100), pin_top_until_moved=False) as r:
            await r.show(range(100))
            assert r.table.cursor_key == 50


class TestLostRow:
    async def test_nearest_row_is_selected_until_the_lost_one_is_back(self) -> None:
        async with running_table(range(100)) as r:
            r.table.move_to(50)
            r.table.move_to(45)
            await r.pilot.pause()
            assert cursor_line(r.table) == 4
            await r.show(key for key in range(100) if key % 5)
            assert r.table.cursor_key == 57, "the row at the same index"
            await r.show([3, 4])
            assert r.table.cursor_key == 4, "or the last one"
            await r.show(range(100))
            assert (r.table.cursor_key, cursor_line(r.table)) == (45, 4)

    async def test_lost_row_is_selected_again_after_an_empty_view(self) -> None:
        async with running_table(range(100)) as r:
            r.table.move_to(45)
            await r.show([])
            assert (r.table.cursor_key, r.table.cursor_index) == (None, None)
            await r.show(range(10))
            assert r.table.cursor_key == 0
            await r.show(range(100))
            assert r.table.cursor_key == 45
            assert r.app.highlighted == [0, 45, None, 0, 45]

    @pytest.mark.parametrize("key", ["down", "enter"])
    async def test_user_selection_gives_up_the_lost_row(self, key: str) -> None:
        async with running_table(range(100)) as r:
            r.table.move_to(45)
            await r.show(range(0, 100, 2))
            await r.pilot.press(key)
            chosen = r.table.cursor_key
            await r.show(range(100))
            assert r.table.cursor_key == chosen != 45


class TestScrolledAway:
    async def test_visible_rows_stay_while_the_cursor_is_not_visible(self) -> None:
        async with running_table(range(100)) as r:
            r.table.move_to(2)
            await r.wheel(50)
            assert painted(r.table)[1].startswith("row 50 ")
            assert r.table.cursor_key == 2
            await r.show([*range(-7, 0), *range(100)])
            assert painted(r.table)[1].startswith("row 50 ")
            await r.show(range(40, 100))
            assert painted(r.table)[1].startswith("row 50 ")
            r.check_painted()

    async def test_next_visible_row_stays_if_the_first_is_gone(self) -> None:
        async with running_table(range(100)) as r:
            r.table.move_to(2)
            await r.wheel(50)
            await r.show(key for key in range(100) if key not in {0, 50, 51})
            assert painted(r.table)[3].startswith("row 52 ")

    async def test_key_scrolls_back_to_the_cursor(self) -> None:
        async with running_table(range(100)) as r:
            await r.wheel(50)
            assert (r.table.cursor_key, cursor_line(r.table)) == (0, None)
            await r.pilot.press("down")
            assert (r.table.cursor_key, cursor_line(r.table)) == (1, 0)


class TestHidden:
    async def test_cursor_keeps_row_and_line_while_the_table_is_hidden(self) -> None:
        async with running_table(range(100)) as r:
            r.table.move_to(50)
            r.table.move_to(45)
            r.table.display = False
            await r.pilot.pause()
            await r.show(range(-30, 100))
            await r.show(range(-60, 100))
            r.table.display = True
            await r.pilot.pause()
            assert (r.table.cursor_key, cursor_line(r.table)) == (45, 4)
            r.check_painted()
