"""InputQueue: a key is handled once the one before it has had its effect, as it would be if typed slowly."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Final

from textual.app import App
from textual.dom import DOMNode
from textual.errors import NoWidget
from textual.events import Event, Key, MouseUp, Paste
from textual.widgets import Input, TextArea

_ROUNDS: Final = 4
"""How many messages in a row are waited for: the key itself, a message that it causes, one that this causes, …"""

_LIMIT: Final = 2.0
"""Seconds after which all that waits is handled in any case."""

_EDITING: Final = frozenset(("backspace", "delete", "left", "right"))
"""Keys that stay within a text field."""


class InputQueue:
    """Keeps the input that comes before the last key has had its effect: on a slow line many keys come at once.

    Textual sends a key to the widget that has the focus at that moment. What the key does comes later, by messages from
    widget to widget: a dialog opens, the focus moves, a task is selected. The next key would be ahead of them. What a
    worker does is not waited for.
    """

    def __init__(
        self,
        app: App[None],
        handle: Callable[[Event], Awaitable[None]],
        *,
        moves: Collection[str],
        urgent: Collection[str],
    ) -> None:
        """`handle` gets one event after the other, in the app's own context.

        moves: ids of bindings. A repeated move need not wait; if each one were shown, the list would lag behind a key
        that is held down. urgent: likewise; they drop what waits.
        """
        self._app = app
        self._handle = handle
        self._moves = moves
        self._urgent = urgent
        self._waiting: deque[Event] = deque()
        self._last: Event | None = None
        self._timer: asyncio.TimerHandle | None = None
        """Runs while the effect of the last event is waited for."""

    async def take(self, event: Event) -> None:
        """Handle the event now, or after those that wait."""
        self._waiting.append(event)
        if self._timer is not None and self._is_urgent(event):
            while self._waiting.popleft() is not event:
                pass
            await self._handle(event)
        else:
            await self._handle_next()

    async def _handle_next(self, *, at_once: bool = False) -> None:
        while (
            self._waiting
            and self._app.screen_stack
            and (at_once or self._timer is None or self._goes_on(self._waiting[0]))
        ):
            event = self._last = self._waiting.popleft()
            path = self._path(event)
            await self._handle(event)
            if isinstance(event, Key | Paste | MouseUp) and not at_once:
                if self._timer is not None:
                    self._timer.cancel()
                self._timer = asyncio.get_running_loop().call_later(_LIMIT, self._give_up)
                self._follow(path, self._timer, _ROUNDS)

    def _is_urgent(self, event: Event) -> bool:
        return isinstance(event, Key) and not event.is_printable and self._binding(event) in self._urgent

    def _goes_on(self, event: Event) -> bool:
        """Return whether the event needs no effect of the last one: more text for a field, or the same move again."""
        last = self._last
        if not isinstance(event, Key) or not isinstance(last, Key):
            return False
        if isinstance(self._app.focused, Input | TextArea):
            return all(key.is_printable or key.key in _EDITING for key in (last, event))
        return event.key == last.key and self._binding(event) in self._moves

    def _binding(self, event: Key) -> str | None:
        """Return the id of the binding that the key has now."""
        active = self._app.screen.active_bindings.get(event.key) if self._app.screen_stack else None
        return active.binding.id if active is not None else None

    def _path(self, event: Event | None = None) -> list[DOMNode]:
        """Return the app, the screen, and so on to the widget that an event is for: it takes this way upwards."""
        target: DOMNode = self._app.focused or self._app.screen
        if isinstance(event, MouseUp):
            with suppress(NoWidget):
                target, _region = self._app.get_widget_at(event.x, event.y)
        return list(reversed(target.ancestors_with_self))

    def _follow(self, path: list[DOMNode], timer: asyncio.TimerHandle, rounds: int) -> None:
        """Wait until the last one of the path has handled the messages that it has now, then until the one above has.

        One that is being removed is left out.
        """
        while path and not path.pop().call_later(self._follow_on, path, timer, rounds):
            pass

    async def _follow_on(self, path: list[DOMNode], timer: asyncio.TimerHandle, rounds: int) -> None:
        if timer is not self._timer or not self._app.screen_stack:
            return  # it took too long, or another event was handled at once, or the app has ended
        if path or rounds > 1:
            self._follow(path or self._path(), timer, rounds if path else rounds - 1)
        else:
            timer.cancel()
            self._timer = None
            await self._handle_next()

    def _give_up(self) -> None:
        self._timer = None
        self._app.call_later(self._handle_next, at_once=True)
