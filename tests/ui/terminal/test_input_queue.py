"""InputQueue: which keys wait for the effect of those before them, and for how long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.events import Event, Key, MouseDown, MouseUp, Paste
from textual.widgets import Input, Static

from support import PATIENCE
from ucdn_tui.ui.terminal import input_queue
from ucdn_tui.ui.terminal.app import TerminalApp


class Stuck(Static, can_focus=True):
    """Handles a key or a click until it is let go."""

    BINDINGS = [Binding("j", "step", id="move")]  # noqa: RUF012 - Textual's declaration

    def __init__(self) -> None:
        super().__init__("stuck")
        self.gate = asyncio.Event()

    async def on_key(self) -> None:
        await self.gate.wait()

    on_mouse_up = on_key


class Line(Static):
    """Handles a click when it is let go, and takes no focus."""

    gate: asyncio.Event

    async def on_mouse_up(self) -> None:
        await self.gate.wait()


class Field(Input):
    """Handles a key when it is let go."""

    gate: asyncio.Event

    async def on_key(self) -> None:
        await self.gate.wait()


class Program(TerminalApp):
    """Notes what is handled at once, before a widget gets it: keys with priority."""

    BINDINGS = [Binding("ctrl+x", "note", priority=True), Binding("ctrl+o", "note", priority=True, id="out")]  # noqa: RUF012 - Textual's declaration
    MOVES = ("move",)
    URGENT = ("out",)

    def __init__(self) -> None:
        super().__init__()
        self.stuck, self.field, self.line = Stuck(), Field(), Line("line")
        self.field.gate = self.line.gate = self.stuck.gate
        self.noted = asyncio.Event()
        self.taken: list[Event] = []

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self.stuck
            yield self.line
            yield self.field

    def action_note(self) -> None:
        self.noted.set()

    async def _handle_input(self, event: Event) -> None:
        self.taken.append(event)
        await super()._handle_input(event)


@asynccontextmanager
async def running() -> AsyncIterator[Program]:
    async with Program().run_test() as pilot:
        assert isinstance(pilot.app, Program)
        try:
            async with asyncio.timeout(PATIENCE):
                yield pilot.app
        finally:
            pilot.app.stuck.gate.set()
            await pilot.pause()


def key(name: str) -> Key:
    return Key(name, name if len(name) == 1 else None)


def mouse(kind: type[MouseDown | MouseUp], y: int = 0) -> MouseDown | MouseUp:
    """Return a click's event, on the first line or another one."""
    return kind(None, 1, y, 0, 0, 1, False, False, False)


async def send(program: Program, *events: Event) -> None:
    """Send them in one packet, and let the program run for a while."""
    for event in events:
        program.post_message(event)
    for _ in range(200):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("events", "taken"),
    [
        ((key("a"), key("b")), 1),
        ((key("a"), Paste("text")), 1),
        ((key("a"), mouse(MouseDown), mouse(MouseUp)), 1),
        ((mouse(MouseDown), mouse(MouseUp), key("a")), 2),
        ((mouse(MouseDown, 1), mouse(MouseUp, 1), key("a")), 2),
        ((key("j"), key("j"), key("j"), key("k")), 3),
    ],
    ids=["key", "paste", "click after a key", "key after a click", "key after a click elsewhere", "repeated move"],
)
async def test_what_comes_waits_unless_it_repeats_a_move(events: tuple[Event, ...], taken: int) -> None:
    async with running() as program:
        await send(program, *events)
        assert program.taken == list(events[:taken])
        program.stuck.gate.set()
        while len(program.taken) < len(events):
            await asyncio.sleep(0.001)


async def test_input_after_the_exit_is_dropped() -> None:
    async with running() as program:
        await send(program, key("a"), key("b"))
        program.exit()
        program.stuck.gate.set()
        await send(program, key("c"))
        assert [each.key for each in program.taken if isinstance(each, Key)] == ["a"]


async def test_an_urgent_key_drops_what_waits() -> None:
    async with running() as program:
        await send(program, *map(key, "abc"), key("ctrl+o"))
        assert program.noted.is_set()
        program.stuck.gate.set()
        await send(program, key("d"))
        assert [each.key for each in program.taken if isinstance(each, Key)] == ["a", "ctrl+o", "d"]


async def test_text_for_a_field_waits_for_nothing() -> None:
    async with running() as program:
        program.screen.set_focus(program.field)
        await send(program, *map(key, ("a", "b", "backspace", "left", "c", "enter", "d")))
        assert "".join(each.key for each in program.taken if isinstance(each, Key)) == "abbackspaceleftc"


async def test_a_widget_that_is_stuck_keeps_what_waits_only_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as program:
        monkeypatch.setattr(input_queue, "_LIMIT", 3600.0)
        await send(program, key("a"), *map(key, "bcd"), key("ctrl+x"))
        assert not program.noted.is_set()
        program.stuck.gate.set()
        await program.noted.wait()
        program.stuck.gate.clear()
        program.noted.clear()
        await send(program, key("a"), *map(key, "bcd"), key("ctrl+x"))
        program._input._give_up()
        await program.noted.wait()
