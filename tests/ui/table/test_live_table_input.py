"""LiveTable's messages, keys and mouse."""

import pytest
from textual import events

from support.screen.table import STEPS, ListView, Row, columns, painted, running_table
from ucdn_tui.ui.table.live_table import LiveTable


class TestMessages:
    async def test_same_key_is_posted_once(self) -> None:
        async with running_table(range(10)) as r:
            r.table.refresh_view(None, moved=True)
            r.table.refresh_view({0}, moved=False)
            r.table.move_to(0)
            r.table.view = ListView(range(10))
            await r.pilot.press("up", "home")
            assert r.app.highlighted == [0]

    async def test_empty_table_posts_nothing(self) -> None:
        async with running_table() as r:
            assert r.app.highlighted == []

    async def test_enter_posts_selected(self) -> None:
        async with running_table(range(10)) as r:
            await r.pilot.press("down", "enter")
            assert r.app.selected == [1]

    def test_table_works_without_an_app(self) -> None:
        table = LiveTable(columns(), STEPS, ListView(range(10)))
        table.refresh_view(None, moved=True)
        assert table.move_to(7)
        assert not table.move_to(70)
        assert table.cursor_key == 7


class TestKeys:
    @pytest.mark.parametrize(
        ("keys", "key", "top"),
        [
            ("down", 51, 46),
            ("j j", 52, 46),
            ("up k k k k k", 44, 44),
            ("home", 0, 0),
            ("g", 0, 0),
            ("end", 99, 90),
            ("G", 99, 90),
            ("pagedown", 59, 55),
            ("ctrl+f ctrl+f", 68, 64),
            ("pageup", 41, 37),
            ("ctrl+b ctrl+b", 32, 28),
            ("ctrl+d", 55, 51),
            ("ctrl+u ctrl+u", 40, 36),
            ("G pageup pagedown", 99, 90),
            ("g pagedown pageup pageup", 0, 0),
        ],
    )
    async def test_keys_move_and_scroll(self, keys: str, key: int, top: int) -> None:
        async with running_table(range(100)) as r:
            r.table.move_to(55)
            r.table.move_to(50)
            assert r.table.scroll_offset.y == 46
            await r.pilot.press(*keys.split())
            assert (r.table.cursor_key, r.table.scroll_offset.y) == (key, top)
            r.check_painted()

    async def test_keymap_changes_keys_by_id(self) -> None:
        async with running_table(range(100)) as r:
            r.app.set_keymap({"table.down": "w", "table.last": "x"})
            await r.pilot.press("w")
            assert r.table.cursor_key == 1
            await r.pilot.press("x")
            assert r.table.cursor_key == 99

    async def test_left_and_right_are_free_for_others(self) -> None:
        async with running_table(range(10)) as r:
            pressed: list[str] = []
            r.app.bind("left,right", "noted")
            r.app.action_noted = lambda: pressed.append("noted")
            await r.pilot.press("left", "right")
            assert len(pressed) == 2


class TestMouse:
    async def test_click_selects_and_focuses(self) -> None:
        async with running_table(range(100)) as r:
            r.app.set_focus(None)
            await r.pilot.click(r.table, offset=(3, 4))
            assert r.table.cursor_key == 3
            assert r.table.has_focus
            assert r.app.selected == []

    async def test_click_below_the_rows_changes_nothing(self) -> None:
        async with running_table(range(3)) as r:
            await r.pilot.click(r.table, offset=(3, 8))
            assert r.table.cursor_key == 0

    async def test_other_buttons_change_nothing(self) -> None:
        async with running_table(range(100)) as r:
            await r.pilot.click(r.table, offset=(3, 4), button=3)
            assert r.table.cursor_key == 0

    async def test_double_click_opens(self) -> None:
        async with running_table(range(100)) as r:
            await r.pilot.double_click(r.table, offset=(3, 4))
            assert r.app.selected == [3]

    async def test_double_click_on_rows_that_moved_opens_nothing(self) -> None:
        async with running_table(range(100)) as r:
            r.app.CLICK_CHAIN_TIME_THRESHOLD = 60
            await r.mouse(events.MouseDown, events.MouseUp, line=3)
            await r.show(range(3, 100))
            await r.mouse(events.MouseDown, events.MouseUp, line=3)
            assert r.table.cursor_key == 6
            assert r.app.selected == []
            await r.mouse(events.MouseDown, events.MouseUp, events.MouseDown, events.MouseUp, line=4)
            assert r.app.selected == [7], "these clicks count as a double click"

    async def test_click_on_the_header_posts_the_column(self) -> None:
        async with running_table(range(100)) as r:
            for x in (0, 8, 9, 30):
                await r.pilot.click(r.table, offset=(x, 0))
            assert r.app.headers == ["key", "key", "text", "text"]
            assert r.table.cursor_key == 0

    async def test_wheel_scrolls_and_leaves_the_cursor(self) -> None:
        async with running_table(range(100)) as r:
            await r.wheel(3)
            assert (r.table.cursor_key, r.table.scroll_offset.y) == (0, 3)
            await r.wheel(-2)
            assert (r.table.cursor_key, r.table.scroll_offset.y) == (0, 1)

    async def test_scrollbar_covers_no_text_and_selects_no_row(self) -> None:
        async with running_table(range(100)) as r:
            r.view.rows = {key: Row(key, "x" * 60) for key in range(100)}
            r.table.repaint()
            await r.pilot.pause()
            assert painted(r.table)[1].endswith("x ")
            await r.pilot.click(r.table, offset=(39, 5))
            assert r.table.cursor_key == 0
