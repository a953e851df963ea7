"""The selected task stays selected, on its line: random actions, compared with a simple model."""

import asyncio
from random import Random
from typing import Any

import httpx
import pytest
from textual import events

from support.clock import FakeClock
from support.idle import idle
from support.screen.checks.selection_model import SelectionModel
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard
from support.screen.table import painted
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER
from ucdn_tui.watch.listing.filter import ORDERED_STATUSES, Criteria, parse_words
from ucdn_tui.watch.listing.sort import Sort

SEQUENCES, LENGTH = 10, 30

SIZE = (64, 16)
"""Stacked panes with few rows, so that most of the list is never visible."""

INTERVAL = 60.0
"""Seconds between two polls: long enough for every poll to bring changes."""

COLUMNS = {
    "status": "Status",
    "progress": "Progress",
    "urls": "URLs",
    "time": "Time",
    "kind": "Kind",
    "type": "Type",
    "created": "Created",
    "url": "URL ",
    "id": "Task id",
}
"""The columns in the order of the menu."""

LARGEST_FIRST = {"urls", "time", "created"}
TYPED = ("7", "1!")
PASTED = ("t-1", "zzz", "status:succ", "fail", "kind:prefetch !wait")
KEYS = {"/": "slash", "!": "exclamation_mark"}

MOVES = {"j": 1, "k": -1, "down": 1, "up": -1, "g": -999, "G": 999}
"""Keys, and the rows that they move."""

PAGES = {"pagedown": (1, 1), "pageup": (-1, 1), "ctrl+d": (1, 2), "ctrl+u": (-1, 2)}
"""Keys, with direction and divisor of a page."""


class RandomUser:
    """Presses random keys while the account changes, and applies the same to the model."""

    def __init__(self, ui: DashboardHarness, model: SelectionModel, random: Random) -> None:
        self.ui = ui
        self.model = model
        self.random = random
        self.born = 0
        self.clicks = 0

    async def settle(self) -> None:
        """Wait until nothing on the screen changes any more."""
        for _ in range(20):
            await idle()
            before = self.state()
            await self.ui.pilot.pause(0)  # changes of the layout arrive only now
            await idle()
            if self.state() == before:
                return

    def state(self) -> tuple[object, ...]:
        details, table, app = self.ui.dashboard.details, self.model.table, self.ui.app
        return app.screen, app.focused, table.size, table.scroll_offset, table.cursor_key, details.shown, details.urls

    async def press(self, *keys: str) -> None:
        for key in keys:
            name = KEYS.get(key, key)
            self.ui.app.post_message(events.Key(name, key if len(key) == 1 else None))
            await self.settle()

    async def move(self) -> None:
        model, table = self.model, self.model.table
        key = self.random.choice([*MOVES, *PAGES])
        if key in MOVES:
            by, scroll = MOVES[key], 0
        else:
            way, part = PAGES[key]
            by = scroll = way * max(1, (model.room - 1) if part == 1 else model.room // 2)
        self.model.log.append(key)
        model.select(model.index + by, scroll=scroll)
        await self.press(key)
        assert table.has_focus

    async def click(self) -> None:
        line = self.random.randrange(self.model.room)
        self.model.log.append(f"click on line {line}")
        self.clicks += 1  # never twice on the same cell: that would be a double click
        if self.model.top + line < len(self.model.listed):
            self.model.select(self.model.top + line)
        await self.click_at(5 + self.clicks % 2, 1 + line)

    async def click_at(self, x: int, y: int) -> None:
        x, y = self.model.table.region.x + x, self.model.table.region.y + y
        for kind in (events.MouseDown, events.MouseUp):
            self.ui.app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
        await self.settle()

    async def wheel(self) -> None:
        lines = self.random.choice([-20, -3, 2, 9, 30])
        self.model.log.append(f"wheel {lines}")
        await self.ui.wheel(self.model.table, lines)
        await self.settle()
        self.model.top = self.model.table.scroll_offset.y

    async def status(self) -> None:
        key = self.random.choice("12345033aa")
        self.model.log.append(key)
        now = self.model.criteria
        wanted = ORDERED_STATUSES[int(key) - 1] if key in "12345" else None
        if key == "a":
            self.model.criteria = now._replace(active=not now.active)
        else:
            self.model.criteria = now._replace(status=None if wanted == now.status else wanted)
        await self.press(key)

    async def find(self) -> None:
        await self.press("/")
        await self.model.settle()
        self.model.check()
        if self.random.random() < 0.4:
            text = self.random.choice(TYPED)
            for length, letter in enumerate(text, 1):
                self.model.criteria = self.model.criteria._replace(words=parse_words(text[:length]))
                await self.press(letter)
        else:
            text = self.random.choice(PASTED)
            self.model.criteria = self.model.criteria._replace(words=parse_words(text))
            self.ui.app.post_message(events.Paste(text))
            await self.settle()
        await self.model.settle()
        self.model.check()
        end = self.random.choice(["enter", "tab", "escape"])
        self.model.log.append(f"/{text} {end}")
        if end == "escape":
            self.model.criteria = self.model.criteria._replace(words=())
        await self.press(end)

    async def clear(self) -> None:
        self.model.log.append("escape")
        self.model.criteria = Criteria()
        await self.press("escape")

    async def sort(self) -> None:
        if self.random.random() < 0.3:
            self.model.log.append("S")
            self.model.sort = self.model.sort._replace(reverse=not self.model.sort.reverse)
            self.model.goes_to_top = True
            await self.press("S")
            return
        head = painted(self.model.table)[0]
        by_click = bool(self.model.flagged) or self.random.random() < 0.8
        column = self.random.choice([name for name, label in COLUMNS.items() if label in head or not by_click])
        self.model.log.append(f"sort by {column}{' by a click' * by_click}")
        now = self.model.sort
        self.model.sort = Sort(column, not now.reverse if column == now.column else column in LARGEST_FIRST)
        self.model.goes_to_top = True
        if by_click:
            await self.click_at(head.index(COLUMNS[column]), 0)
        else:
            await self.press("s", str(list(COLUMNS).index(column) + 1))

    async def arrive(self) -> None:
        for _ in range(self.random.choice([1, 2, 12])):
            self.born += 1
            kind = self.random.choice(["refresh", "prefetch"])
            add(self.ui.simulated, f"new-{self.born}", kind=kind, queue=self.random.choice([0.0, NEVER]))
        await self.wait()

    async def wait(self) -> None:
        self.model.log.append(f"time passes, {self.born} new so far")
        await self.ui.clock.advance(INTERVAL + 1)
        self.ui.dashboard.tick()
        await self.settle()

    async def remove(self) -> None:
        store = self.ui.dashboard.store
        known = [key.id for key in store.keys()]  # noqa: SIM118 - a store is no dict
        selected = [self.model.selected.id] if self.model.selected and self.random.random() < 0.5 else []
        gone = {*selected, *self.random.sample(known, min(len(known), self.random.choice([0, 1, 4])))}
        self.model.log.append(f"gone: {gone}")
        for task_id in gone:
            self.ui.simulated.remove(task_id)
        for _ in range(2):
            await self.press("r")
            await self.ui.clock.advance(2)
            await self.settle()

    async def flag(self) -> None:
        self.model.log.append("space")
        key = self.model.selected
        if key is not None:
            self.model.flagged ^= {key}
            self.model.select(self.model.index + 1)
        await self.press("space")


def populated(clock: FakeClock, random: Random, tasks: int) -> Account:
    """Return an account with tasks in every status."""
    simulated = account(clock)
    for number in range(tasks):
        options: dict[str, Any] = {"kind": random.choice(["refresh", "prefetch"]), "count": random.choice([1, 3])}
        match random.randrange(5):
            case 0:
                options |= {"queue": NEVER}
            case 1:
                options |= {"work": random.uniform(10_000, 10_600)}
            case 2:
                options |= {"failing": (0,)}
            case 3:
                options |= {"unknown": (0,)}
        add(simulated, f"t-{number}", ago=random.randrange(10_000), **options)
    return simulated


@pytest.mark.parametrize(
    ("seed", "tasks"), [*((seed, 40) for seed in range(SEQUENCES)), *((seed, 230) for seed in range(2))]
)
async def test_selection_stays_on_its_line_through_random_changes(clock: FakeClock, seed: int, tasks: int) -> None:
    """More than a hundred tasks are filtered in slices, so the view changes some time after the key."""
    random = Random(seed)
    async with running_dashboard(populated(clock, random, tasks), clock, size=SIZE, interval=INTERVAL) as ui:
        model = SelectionModel(ui)
        user = RandomUser(ui, model, random)
        model.check()
        for _ in range(LENGTH):
            actions = [
                user.move,
                user.move,
                user.move,
                user.click,
                user.wheel,
                user.status,
                user.status,
                user.find,
                user.clear,
            ]
            await random.choice([*actions, user.sort, user.arrive, user.wait, user.remove, user.flag])()
            await model.settle()
            model.check()


@pytest.mark.parametrize("moves_after", [0, 3, 99])
async def test_cursor_stays_on_the_first_row_until_moved_while_loading(clock: FakeClock, moves_after: int) -> None:
    simulated = account(clock)
    for kind in ("refresh", "prefetch"):
        for number in range(210):
            add(simulated, f"{kind}-{number}", kind=kind, ago=number + (kind == "refresh") / 2, queue=NEVER)
    held: list[asyncio.Event] = []

    def gate_of(_request: httpx.Request) -> asyncio.Event:
        held.append(asyncio.Event())
        return held[-1]

    random = Random(moves_after)
    async with running_dashboard(simulated, clock, size=SIZE, interval=INTERVAL, wait=False, gate_of=gate_of) as ui:
        table, answers, chosen = ui.dashboard.tasks, 0, None
        while ui.dashboard.is_loading:
            await ui.settle(lambda: held)
            held.pop(random.randrange(len(held))).set()
            answers += 1
            await ui.pilot.pause()
            if answers == moves_after + 1:
                await ui.press("j", "j", "j")
                chosen = ui.selected
                assert ui.cursor_line == 3
            elif chosen is None:
                assert (table.cursor_index, ui.cursor_line) == (0, 0)
            else:
                assert (ui.selected, ui.cursor_line) == (chosen, 3)
            assert ui.dashboard.details.shown is not None
            assert ui.dashboard.details.shown.key == table.cursor_key
        assert answers > 6, "the tasks arrived in several responses"
        assert len(table.view) == 420


@pytest.mark.parametrize("key", ["enter", "j k"])
async def test_opened_task_stays_selected_when_the_hidden_one_returns(clock: FakeClock, key: str) -> None:
    simulated = account(clock)
    hidden = add(simulated, "hidden", queue=30.0, work=9000.0)
    replacement = add(simulated, "stands-in", ago=1, work=9000.0)
    async with running_dashboard(simulated, clock) as ui:
        await ui.press("k", "1")
        assert ui.selected == replacement
        await ui.press(*key.split())
        await ui.pass_time(36)
        assert hidden in [row.id for row in ui.dashboard.task_pane.listed()], "it matches by now"
        assert ui.selected == replacement
