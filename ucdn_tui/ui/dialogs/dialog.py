"""Dialog: a box in the middle of the screen, over what is behind it."""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

T = TypeVar("T")


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
