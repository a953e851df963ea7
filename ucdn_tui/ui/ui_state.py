"""UiState: what the user chose on the screen; StateFile saves it from one start to the next."""

import logging
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ucdn_tui.files import read_regular, replace_file, state_file
from ucdn_tui.ui.panes.panes import Split
from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.panes.url_pane import UrlPane
from ucdn_tui.watch.listing.filter import Criteria
from ucdn_tui.watch.listing.sort import DEFAULT, Sort

log = logging.getLogger(__name__)

SHOWINGS = 3
"""Maximum number of starts at which a hint is shown."""


class UiState(msgspec.Struct, frozen=True):
    """What the user chose for one account. Filters are not part of it: at a start nothing may hide a task."""

    column: str = DEFAULT.column
    reverse: bool = DEFAULT.reverse
    following: bool = False
    window: float | None = None
    """Seconds; None: not chosen."""
    url_column: str = ""
    url_reverse: bool = False


class _State(msgspec.Struct, frozen=True):
    theme: str = ""
    split: Split = Split()
    utc: bool = False
    hints: dict[str, int] = {}
    """The number of times each was shown, by name."""
    accounts: dict[str, UiState] = {}


_Change = Callable[[_State], _State]
"""Returns the state with one change; idempotent."""


class StateFile:
    """A file in the platform's state folder. It holds no secrets; an unreadable one counts as empty.

    `tick` saves once nothing has changed for a second, so not at each typed letter; the app saves on leaving. Saving
    reads the file again and applies this instance's changes only, as another instance may have written in between.
    """

    def __init__(self, path: Path | None, *, hints: bool = True) -> None:
        """Without a path nothing is saved. `hints` enables hints."""
        self._path = path
        self._state = _State()
        """The file's content at the start, with the changes since then."""

        self._hints = hints
        self._shown: set[str] = set()
        """The hints that were shown since the start."""

        self._unsaved: list[_Change] = []
        self._is_due = False
        self._is_quiet = False
        """Whether nothing has changed since the last tick."""

        self._state = self._read()

    @property
    def theme(self) -> str:
        """The theme's name; "": not chosen."""
        return self._state.theme

    def save_theme(self, name: str) -> None:
        """Use this theme at the next start."""
        self._change(lambda state: replace(state, theme=name))

    @property
    def split(self) -> Split:
        """How the panes share the room."""
        return self._state.split

    def save_split(self, split: Split) -> None:
        """Use this split at the next start."""
        self._change(lambda state: replace(state, split=split))

    @property
    def utc(self) -> bool:
        """Whether times are shown in UTC."""
        return self._state.utc

    def save_utc(self, utc: bool) -> None:
        """Show times in UTC at the next start, or in the local time zone."""
        self._change(lambda state: replace(state, utc=utc))

    def ui_state(self, account: str) -> UiState:
        """Return the state of an account, by the name that the screen shows for it."""
        return self._state.accounts.get(account, UiState())

    def save_ui_state(self, account: str, ui_state: UiState) -> None:
        """Restore this state at the next start. Only fields that differ from the current state count as changed."""
        current = self.ui_state(account)
        fields = {
            name: value
            for name in UiState.__struct_fields__
            if (value := getattr(ui_state, name)) != getattr(current, name)
        }

        def change(state: _State) -> _State:
            changed = replace(state.accounts.get(account, UiState()), **fields)
            return replace(state, accounts={**state.accounts, account: changed})

        if fields:
            self._change(change)

    def wants_hint(self, name: str) -> bool:
        """Return whether the user may still need this hint."""
        return self._hints and self._state.hints.get(name, 0) < SHOWINGS

    def hint_shown(self, name: str) -> None:
        """Count a hint as shown, at most once per start."""
        if name in self._shown:
            return
        self._shown.add(name)
        self._count_hint(name, self._state.hints.get(name, 0) + 1)

    def hint_used(self, name: str) -> None:
        """Never show this hint again: the user knows its action."""
        if self.wants_hint(name):
            self._count_hint(name, SHOWINGS)

    def tick(self) -> None:
        """Save if nothing has changed since the last call. Called every second."""
        if self._is_due and self._is_quiet:
            self.save()
        self._is_quiet = True

    def save(self) -> None:
        """Write the changes into the file."""
        self._is_due = False  # if writing fails, the next change tries again
        if self._path is None or not self._unsaved:
            return
        state = self._read()
        for change in self._unsaved:
            state = change(state)
        try:
            text = msgspec.json.format(msgspec.json.encode(state)).decode()
            replace_file(self._path, text, lasting=False)  # not worth waiting for the disk
        except OSError as error:
            log.warning("UI state not saved: %s", error.strerror)
        else:
            self._unsaved.clear()

    def _count_hint(self, name: str, count: int) -> None:
        self._change(lambda state: replace(state, hints={**state.hints, name: max(count, state.hints.get(name, 0))}))

    def _change(self, change: _Change) -> None:
        self._state = change(self._state)
        self._is_due, self._is_quiet = True, False
        if self._path is not None:
            self._unsaved.append(change)

    def _read(self) -> _State:
        if self._path is None:
            return self._state
        try:
            return msgspec.json.decode(read_regular(self._path), type=_State)
        except (FileNotFoundError, NotADirectoryError):
            return self._state
        except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
            log.warning("UI state unreadable, starting afresh: %s", type(error).__name__)
            return self._state


def capture(tasks: TaskPane, details: UrlPane, window: float | None) -> UiState:
    """Return the panes' state; `window` is the chosen time range in seconds (None: not chosen)."""
    return UiState(
        column=tasks.sort.column,
        reverse=tasks.sort.reverse,
        following=tasks.following,
        window=window,
        url_column=details.sort.column,
        url_reverse=details.sort.reverse,
    )


def restore(state: UiState, tasks: TaskPane, details: UrlPane) -> None:
    """Set the panes to a saved state."""
    tasks.choose(Criteria(), Sort(state.column, state.reverse))
    tasks.follow(state.following)
    details.choose(Criteria(), Sort(state.url_column, state.url_reverse))


def default_path() -> Path | None:
    """Return the path in the platform's state folder; None if there is no home folder."""
    return state_file("screen.json")
