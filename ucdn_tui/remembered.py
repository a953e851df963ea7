"""Memory: what was chosen on the screen, kept from one start to the next; losing it costs nothing but a few keys."""

import logging
from pathlib import Path
from typing import TypeVar

import msgspec

from ucdn_tui.files import replace_file

log = logging.getLogger(__name__)

T = TypeVar("T")

SHOWINGS = 3
"""Starts at which a hint is shown to somebody who does not use what it is about."""


class Choices(msgspec.Struct, frozen=True):
    """What somebody has chosen while watching one account."""

    text: str = ""
    """What is looked for."""
    status: str | None = None
    active: bool = False
    column: str = "created"
    reverse: bool = True
    following: bool = False
    window: float | None = None
    """Seconds; None where nobody has chosen any."""
    url_column: str = ""
    url_reverse: bool = False


class _State(msgspec.Struct, frozen=True):
    theme: str = ""
    hints: dict[str, int] = {}
    """How often each was shown."""
    accounts: dict[str, Choices] = {}


class Memory:
    """A file in the platform's state folder; it holds no secrets, and a broken one is as good as none."""

    def __init__(self, path: Path | None, *, hints: bool = True) -> None:
        """Without a path it remembers as long as it lives. `hints` says whether there are hints at all."""
        self._path = path
        self._state = _State()
        self._hints = hints
        self._shown: set[str] = set()
        """The hints that were shown since this start."""
        self._state = self._read()

    @property
    def theme(self) -> str:
        """The theme's name; "" where none was chosen."""
        return self._state.theme

    def keep_theme(self, name: str) -> None:
        """Take this theme the next time."""
        self._change(theme=name)

    def choices(self, account: str) -> Choices:
        """Return what was chosen for an account, by the name that the screen shows for it."""
        return self._state.accounts.get(account, Choices())

    def keep_choices(self, account: str, choices: Choices) -> None:
        """Take these choices the next time."""
        if choices != self.choices(account):
            self._change(accounts={**self._read().accounts, account: choices})

    def wants_hint(self, name: str) -> bool:
        """Return whether somebody may still need this hint."""
        return self._hints and self._state.hints.get(name, 0) < SHOWINGS

    def hint_shown(self, name: str) -> None:
        """Count a hint as shown once more; once in a start, however many accounts are watched in it."""
        if name in self._shown:
            return
        self._shown.add(name)
        counted = self._read().hints
        self._change(hints={**counted, name: counted.get(name, 0) + 1})

    def hint_used(self, name: str) -> None:
        """Never show this hint again: what it is about was done."""
        if self.wants_hint(name):
            self._change(hints={**self._read().hints, name: SHOWINGS})

    def _change(self, **fields: object) -> None:
        # Another instance may have written meanwhile: what it chose is kept, but for what is chosen here.
        self._state = msgspec.structs.replace(self._read(), **fields)
        if self._path is not None:
            try:
                text = msgspec.json.format(msgspec.json.encode(self._state)).decode()
                replace_file(self._path, text, lasting=False)  # at each key that is typed into a filter
            except OSError as error:
                log.warning("choices are not kept: %s", error.strerror)

    def _read(self) -> _State:
        if self._path is None:
            return self._state
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_State)
        except FileNotFoundError:
            return self._state
        except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
            log.warning("choices are forgotten: %s", type(error).__name__)
            return self._state


def default_path() -> Path:
    """Return where the platform keeps what programs remember."""
    from platformdirs import user_state_path

    return user_state_path("ucdn-tui", appauthor=False) / "screen.json"
