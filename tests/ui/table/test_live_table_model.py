"""Random changes of a LiveTable, compared with a simple model of its cursor."""

import random

import pytest

from support.screen.table import ROWS, cursor_line, running_table


class Model:
    """The rules for the cursor, in the simplest way."""

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
async def test_random_changes_follow_the_model(seed: int) -> None:
    dice = random.Random(seed)
    everything = list(range(60))
    filters = [lambda key: True, lambda key: key % 3 == 0, lambda key: key % 7 == 1, lambda key: False]
    accepts = filters[0]
    async with running_table(everything, pin_top_until_moved=False) as r:
        model = Model(list(everything))
        posted: list[int | None] = [0]
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
            if model.cursor != posted[-1]:
                posted.append(model.cursor)
            assert r.app.highlighted == posted
