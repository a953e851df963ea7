"""Dialog: a box in the middle of the screen, over what is behind it."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen
from textual.widgets import OptionList

T = TypeVar("T")


def page_if_drawn(move: Callable[[], object]) -> None:
    """Move a list of options by a page. Before it is drawn, or without room for it, Textual's own would raise."""
    with suppress(KeyError, IndexError):
        move()


class Options(OptionList):
    """A list to choose from."""

    def action_page_up(self) -> None:
        page_if_drawn(super().action_page_up)

    def action_page_down(self) -> None:
        page_if_drawn(super().action_page_down)


class Dialog(ModalScreen[T]):
    """Ignores a second `dismiss`, as of a double click: it would close the screen below."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog .dialog {
        width: 72; max-width: 100%; height: auto; max-height: 100%;
        border: round $primary; border-title-color: $text-primary; background: $surface; padding: 0 1;
    }
    Dialog .dialog Input { height: 1; }
    Dialog .dialog OptionList { height: auto; max-height: 16; padding: 0; }
    Dialog .dialog OptionList, Dialog .dialog OptionList:focus { border: none; }
    Dialog .dialog .note { color: $text-muted; }
    """

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with this result; do nothing while another screen is on top."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
