"""A cursor that stays on its row, at its height; keys and mouse; and never a question about what isn't seen."""

import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from support.screen.table import ListView, Row, TableApp, columns, count_lines, cursor_line, painted
from ucdn_tui.ui.table.live_table import LiveTable

ROWS = 10
"""What `running` shows at a time."""


class Running:
    """A table on a screen, its view, and the pilot."""

    def __init__(self, app: TableApp, view: ListView, pilot: Pilot[None]) -> None:
        self.app = app
        self.view = view
        self.table: LiveTable[int, Row] = app.table
        self.pilot = pilot

    async def show(self, keys: Iterable[int]) -> None:
        self.view.keys = list(keys)
        self.table.refresh_view(None, moved=True)
        await self.pilot.pause()

    async def wheel(self, lines: int) -> None:
        self.app.scroll_sensitivity_y = abs(lines)
        await self.mouse(events.MouseScrollDown if lines > 0 else events.MouseScrollUp, line=4)

    async def mouse(self, *kinds: type[events.MouseEvent], line: int) -> None:
        """Let the terminal report what a mouse does on a line below the header."""
        x, y = self.table.region.x + 3, self.table.region.y + 1 + line
        for kind in kinds:
            self.app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
        await self.pilot.pause()

    def check_painted(self) -> None:
        """What is on the screen is the view, from the top."""
        top = self.table.scroll_offset.y
        expected = [f"row {key}" for key in self.view.keys[top : top + ROWS]]
        assert [text[:8].rstrip() for text in painted(self.table)[1:]] == expected + [""] * (ROWS - len(expected))


@asynccontextmanager
async def running(keys: Iterable[int] = (), **options: Any) -> AsyncIterator[Running]:
    view = ListView(keys)
    app = TableApp(LiveTable(columns(), view, **options))
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        yield Running(app, view, pilot)


class TestTheSameRowStaysSelected:
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
    async def test_at_the_same_height_whatever_happens_around_it(
        self, change: Callable[[list[int]], list[int]]
    ) -> None:
        async with running(range(100)) as r:
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

    async def test_at_the_lists_ends_as_far_as_they_allow(self) -> None:
        async with running(range(100)) as r:
            r.table.move_to(50)
            await r.pilot.pause()
            assert cursor_line(r.table) == 9
            await r.show([48, 49, *range(50, 100)])
            assert cursor_line(r.table) == 2
            await r.show(range(51))
            assert cursor_line(r.table) == 9
            await r.show([50])
            assert cursor_line(r.table) == 0

    async def test_also_in_a_list_that_sits_at_its_very_top(self) -> None:
        async with running(range(100)) as r:
            await r.pilot.press("down", "up")
            await r.show([*range(-5, 0), *r.view.keys])
            assert (r.table.cursor_key, cursor_line(r.table)) == (0, 0)
            assert r.table.scroll_offset.y == 5

    async def test_also_when_the_view_is_replaced_and_the_cursor_is_to_be_kept(self) -> None:
        async with running(range(100)) as r:
            r.table.move_to(30)
            r.table.set_view(ListView(range(20, 60)), keep_cursor=True)
            assert (r.table.cursor_key, r.table.cursor_index) == (30, 10)

    async def test_another_view_is_shown_from_its_top(self) -> None:
        async with running(range(100)) as r:
            r.table.move_to(30)
            r.table.view = ListView(range(20, 60))
            await r.pilot.pause()
            assert (r.table.cursor_key, r.table.scroll_offset.y) == (20, 0)
            assert r.app.highlighted == [0, 30, 20]


class TestUntilTheUserMoves:
    async def test_the_cursor_stays_on_the_first_row_while_the_list_fills(self) -> None:
        async with running() as r:
            for first in (50, 20, 0):
                await r.show(range(first, 100))
                assert (r.table.cursor_key, cursor_line(r.table)) == (first, 0)

    @pytest.mark.parametrize("key", ["down", "up", "home", "pagedown", "enter"])
    async def test_any_of_its_keys_takes_it(self, key: str) -> None:
        async with running(range(100)) as r:
            await r.pilot.press(key)
            taken = r.table.cursor_key
            await r.show(range(-5, 100))
            assert r.table.cursor_key == taken

    async def test_a_click_takes_it(self) -> None:
        async with running(range(100)) as r:
            await r.pilot.click(r.table, offset=(3, 1))
            await r.show(range(-5, 100))
            assert r.table.cursor_key == 0

    async def test_a_key_in_an_empty_list_takes_nothing(self) -> None:
        async with running() as r:
            await r.pilot.press("down", "G", "enter")
            await r.show(range(50, 100))
            await r.show(range(100))
            assert r.table.cursor_key == 0
            assert r.app.selected == []

    async def test_another_view_is_pinned_anew(self) -> None:
        async with running(range(100)) as r:
            await r.pilot.press("down")
            r.view = ListView(range(50, 60))
            r.table.view = r.view
            await r.show(range(60))
            assert r.table.cursor_key == 0

    async def test_until_the_owner_says_that_the_list_is_filled(self) -> None:
        async with running(range(50, 100)) as r:
            r.table.release_top()
            await r.show(range(100))
            assert (r.table.cursor_key, cursor_line(r.table)) == (50, 0)

    async def test_unless_it_is_told_not_to_pin(self) -> None:
        async with running(range(50, 100), pin_top_until_moved=False) as r:
            await r.show(range(100))
            assert r.table.cursor_key == 50


class TestARowThatGoes:
    async def test_the_nearest_takes_its_place_and_it_comes_back_to_its_line(self) -> None:
        async with running(range(100)) as r:
            r.table.move_to(50)
            r.table.move_to(45)
            await r.pilot.pause()
            assert cursor_line(r.table) == 4
            await r.show(key for key in range(100) if key % 5)
            assert r.table.cursor_key == 57, "the row that stands where it stood"
            await r.show([3, 4])
            assert r.table.cursor_key == 4, "or the last"
            await r.show(range(100))
            assert (r.table.cursor_key, cursor_line(r.table)) == (45, 4)

    async def test_it_comes_back_from_an_empty_view_too(self) -> None:
        async with running(range(100)) as r:
            r.table.move_to(45)
            await r.show([])
            assert (r.table.cursor_key, r.table.cursor_index) == (None, None)
            await r.show(range(10))
            assert r.table.cursor_key == 0
            await r.show(range(100))
            assert r.table.cursor_key == 45
            assert r.app.highlighted == [0, 45, None, 0, 45]

    @pytest.mark.parametrize("key", ["down", "enter"])
    async def test_it_does_not_come_back_when_the_user_has_chosen_another(self, key: str) -> None:
        async with running(range(100)) as r:
            r.table.move_to(45)
            await r.show(range(0, 100, 2))
            await r.pilot.press(key)
            chosen = r.table.cursor_key
            await r.show(range(100))
            assert r.table.cursor_key == chosen != 45


class TestScrolledAway:
    async def test_what_the_user_looks_at_stays_when_the_cursor_is_out_of_sight(self) -> None:
        async with running(range(100)) as r:
            r.table.move_to(2)
            await r.wheel(50)
            assert painted(r.table)[1].startswith("row 50 ")
            assert r.table.cursor_key == 2
            await r.show([*range(-7, 0), *range(100)])
            assert painted(r.table)[1].startswith("row 50 ")
            await r.show(range(40, 100))
            assert painted(r.table)[1].startswith("row 50 ")
            r.check_painted()

    async def test_the_next_row_anchors_when_the_first_is_gone(self) -> None:
        async with running(range(100)) as r:
            r.table.move_to(2)
            await r.wheel(50)
            await r.show(key for key in range(100) if key not in {0, 50, 51})
            assert painted(r.table)[3].startswith("row 52 ")

    async def test_a_key_brings_the_cursor_back_into_sight(self) -> None:
        async with running(range(100)) as r:
            await r.wheel(50)
            assert (r.table.cursor_key, cursor_line(r.table)) == (0, None)
            await r.pilot.press("down")
            assert (r.table.cursor_key, cursor_line(r.table)) == (1, 0)


class TestMessages:
    async def test_the_same_key_is_never_said_twice(self) -> None:
        async with running(range(10)) as r:
            r.table.refresh_view(None, moved=True)
            r.table.refresh_view({0}, moved=False)
            r.table.move_to(0)
            r.table.view = ListView(range(10))
            await r.pilot.press("up", "home")
            assert r.app.highlighted == [0]

    async def test_an_empty_table_says_nothing(self) -> None:
        async with running() as r:
            assert r.app.highlighted == []

    async def test_enter_selects(self) -> None:
        async with running(range(10)) as r:
            await r.pilot.press("down", "enter")
            assert r.app.selected == [1]

    def test_it_can_be_made_and_filled_before_there_is_an_app(self) -> None:
        table = LiveTable(columns(), ListView(range(10)))
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
    async def test_where_they_go(self, keys: str, key: int, top: int) -> None:
        async with running(range(100)) as r:
            r.table.move_to(55)
            r.table.move_to(50)
            assert r.table.scroll_offset.y == 46
            await r.pilot.press(*keys.split())
            assert (r.table.cursor_key, r.table.scroll_offset.y) == (key, top)
            r.check_painted()

    async def test_they_can_be_changed_by_id(self) -> None:
        async with running(range(100)) as r:
            r.app.set_keymap({"table.down": "w", "table.last": "x"})
            await r.pilot.press("w")
            assert r.table.cursor_key == 1
            await r.pilot.press("x")
            assert r.table.cursor_key == 99

    async def test_left_and_right_are_left_to_others(self) -> None:
        async with running(range(10)) as r:
            pressed: list[str] = []
            r.app.bind("left,right", "noted")
            r.app.action_noted = lambda: pressed.append("noted")
            await r.pilot.press("left", "right")
            assert len(pressed) == 2


class TestMouse:
    async def test_a_click_selects_and_focuses(self) -> None:
        async with running(range(100)) as r:
            r.app.set_focus(None)
            await r.pilot.click(r.table, offset=(3, 4))
            assert r.table.cursor_key == 3
            assert r.table.has_focus
            assert r.app.selected == []

    async def test_a_click_below_the_rows_changes_nothing(self) -> None:
        async with running(range(3)) as r:
            await r.pilot.click(r.table, offset=(3, 8))
            assert r.table.cursor_key == 0

    async def test_the_other_buttons_change_nothing(self) -> None:
        async with running(range(100)) as r:
            await r.pilot.click(r.table, offset=(3, 4), button=3)
            assert r.table.cursor_key == 0

    async def test_a_double_click_opens(self) -> None:
        async with running(range(100)) as r:
            await r.pilot.double_click(r.table, offset=(3, 4))
            assert r.app.selected == [3]

    async def test_a_double_click_opens_nothing_when_the_rows_moved_in_between(self) -> None:
        async with running(range(100)) as r:
            r.app.CLICK_CHAIN_TIME_THRESHOLD = 60
            await r.mouse(events.MouseDown, events.MouseUp, line=3)
            await r.show(range(3, 100))
            await r.mouse(events.MouseDown, events.MouseUp, line=3)
            assert r.table.cursor_key == 6
            assert r.app.selected == []
            await r.mouse(events.MouseDown, events.MouseUp, events.MouseDown, events.MouseUp, line=4)
            assert r.app.selected == [7], "the clicks do count as a chain"

    async def test_a_click_on_the_header_names_the_column(self) -> None:
        async with running(range(100)) as r:
            for x in (0, 8, 9, 30):
                await r.pilot.click(r.table, offset=(x, 0))
            assert r.app.headers == ["key", "key", "text", "text"]
            assert r.table.cursor_key == 0

    async def test_the_wheel_scrolls_and_leaves_the_cursor(self) -> None:
        async with running(range(100)) as r:
            await r.wheel(3)
            assert (r.table.cursor_key, r.table.scroll_offset.y) == (0, 3)
            await r.wheel(-2)
            assert (r.table.cursor_key, r.table.scroll_offset.y) == (0, 1)

    async def test_the_scrollbar_covers_no_text_and_selects_no_row(self) -> None:
        async with running(range(100)) as r:
            r.view.rows = {key: Row(key, "x" * 60) for key in range(100)}
            r.table.repaint()
            await r.pilot.pause()
            assert painted(r.table)[1].endswith("x ")
            await r.pilot.click(r.table, offset=(39, 5))
            assert r.table.cursor_key == 0


class TestResizing:
    async def test_the_cursor_is_not_lost_when_the_window_shrinks(self) -> None:
        view = ListView(range(100))
        app = TableApp(LiveTable(columns(), view), css="LiveTable { height: 1fr; }")
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

    async def test_a_cursor_set_before_there_was_a_size_is_in_sight(self) -> None:
        table = LiveTable(columns(), ListView(range(100)))
        table.move_to(70)
        app = TableApp(table)
        async with app.run_test(size=(40, 12)) as pilot:
            await pilot.pause()
            assert cursor_line(table) == 9


class TestHidden:
    async def test_the_same_row_stays_at_its_height_while_the_table_is_hidden(self) -> None:
        async with running(range(100)) as r:
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


class TestWorkDone:
    async def test_only_lines_that_changed_and_are_seen_are_painted_again(self) -> None:
        async with running(range(100)) as r:
            lines = count_lines(r.table)
            r.view.rows.update({key: Row(key, "new") for key in (2, 7, 50)})
            r.table.refresh_view({2, 7, 50}, moved=False)
            await r.pilot.pause()
            assert sorted(lines) == [3, 8]
            assert painted(r.table)[3].split() == ["row", "2", "new"]

    async def test_nothing_is_painted_again_when_nothing_seen_has_changed(self) -> None:
        async with running(range(100)) as r:
            lines = count_lines(r.table)
            r.table.refresh_view([50, 60], moved=False)
            r.table.refresh_view((), moved=False)
            r.table.tick()
            await r.pilot.pause()
            assert lines == []

    async def test_a_step_paints_two_lines_again(self) -> None:
        async with running(range(100)) as r:
            lines = count_lines(r.table)
            await r.pilot.press("down")
            assert sorted(lines) == [1, 2]

    async def test_no_operation_asks_about_more_than_what_is_seen(self) -> None:
        async with running(range(100_000)) as r:
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


class Model:
    """The rule for the cursor, said once more, in the plainest way."""

    def __init__(self, keys: list[int]) -> None:
        self.keys = keys
        self.cursor: int | None = keys[0]
        self.wanted: int | None = None
        self.index = 0

    def moved_by_user(self, index: int) -> None:
        if self.keys:
            self.index = max(0, min(index, len(self.keys) - 1))
            self.cursor = self.keys[self.index]
            self.wanted = None

    def changed(self, keys: list[int]) -> None:
        self.keys = keys
        if self.wanted in keys:
            self.cursor, self.wanted = self.wanted, None
        elif self.cursor not in keys:
            self.wanted = self.cursor if self.wanted is None else self.wanted
            self.cursor = keys[min(self.index, len(keys) - 1)] if keys else None
        self.index = keys.index(self.cursor) if self.cursor is not None else 0


@pytest.mark.parametrize("seed", range(4))
async def test_a_long_life_of_random_changes_follows_the_rule(seed: int) -> None:
    dice = random.Random(seed)
    everything = list(range(60))
    filters = [lambda key: True, lambda key: key % 3 == 0, lambda key: key % 7 == 1, lambda key: False]
    accepts = filters[0]
    async with running(everything, pin_top_until_moved=False) as r:
        model = Model(list(everything))
        said: list[int | None] = [0]
        fresh = 1000
        for _ in range(60):
            top, line = r.table.scroll_offset.y, model.index - r.table.scroll_offset.y
            choice = dice.choice(["insert", "remove", "sort", "filter", "up", "down", "pagedown", "G", "wheel"])
            if choice in {"up", "down", "pagedown", "G"}:
                step = {"up": -1, "down": 1, "pagedown": ROWS - 1, "G": 10**6}[choice]
                model.moved_by_user(model.index + step)
                await r.pilot.press(choice)
            elif choice == "wheel":
                await r.wheel(dice.choice([-4, 4]))
            else:
                if choice == "insert":
                    for _ in range(dice.randint(1, 5)):
                        everything.insert(dice.choice([0, 0, dice.randint(0, len(everything))]), fresh := fresh + 1)
                elif choice == "remove":
                    everything = [key for key in everything if dice.random() > 0.1]
                elif choice == "sort":
                    everything.sort(key=lambda key: key * dice.choice([1, 7919]) % 1009)
                else:
                    accepts = dice.choice(filters)
                had_wanted = model.wanted
                model.changed([key for key in everything if accepts(key)])
                await r.show(model.keys)
                came_back = had_wanted is not None and model.wanted is None
                if 0 <= line < ROWS and not came_back:
                    highest = max(0, len(model.keys) - ROWS)
                    assert r.table.scroll_offset.y == max(0, min(model.index - line, highest))
            assert r.table.cursor_key == model.cursor
            assert r.table.cursor_index == (None if model.cursor is None else model.index)
            if choice != "wheel" and 0 <= line < ROWS and model.cursor is not None:
                assert cursor_line(r.table) is not None
            assert choice != "wheel" or abs(r.table.scroll_offset.y - top) <= 4
            r.check_painted()
            if model.cursor != said[-1]:
                said.append(model.cursor)
            assert r.app.highlighted == said


async def test_the_scroll_bar_of_a_growing_list_is_painted_where_it_looks_different() -> None:
    async with running(range(50_000)) as r:
        bar = r.table.vertical_scrollbar
        refreshed: list[int] = []
        vars(bar)["refresh"] = lambda *_regions, **_options: refreshed.append(int(bar.window_virtual_size))
        await r.show(range(50_010))
        assert bar.window_virtual_size == 50_011
        assert refreshed == []
        await r.show(range(20))
        assert refreshed == [21]
