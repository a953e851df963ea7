"""UrlArea: the text with the URLs; and the files that it takes: by dropping them, or by their path."""

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Paste
from textual.message import Message
from textual.widgets import Input, TextArea
from textual.widgets.text_area import Selection

from ucdn_tui.i18n import N_, _
from ucdn_tui.text import masked
from ucdn_tui.ui.dialogs.dialog import Dialog
from ucdn_tui.ui.dialogs.key_footer import KeyFooter

_LINE_ENDS = re.compile(r"\r\n?")


class UrlArea(TextArea):
    """The text with the URLs, exactly as typed, pasted or read; invisible characters are shown as U+FFFD.

    A file that is dropped on the terminal arrives as a paste of its path, and is read.
    """

    takes_raw_pastes = True
    """Otherwise pastes would be sanitized, and a URL with an invisible character become another URL."""

    @dataclass
    class FileDropped(Message):
        """A path was pasted."""

        path: Path

    def get_line(self, line_index: int) -> Text:
        """Return a line as it is shown."""
        return Text(masked(self.document.get_line(line_index)), end="", no_wrap=True)

    def append(self, text: str) -> None:
        """Add lines at the end. The cursor and the selection stay; in an empty last line, it gets a line after them."""
        before, end = self.selection, self.document.end
        if self.document.lines[-1]:
            self.insert(f"\n{text}", end)
        else:
            self.insert(f"{text.rstrip()}\n", end)
        is_in_empty_line = before == Selection.cursor(end) and not end[1]
        self.selection = Selection.cursor(self.document.end) if is_in_empty_line else before

    def on_paste(self, event: Paste) -> None:
        event.text = _LINE_ENDS.sub("\n", event.text)
        if (path := dropped_file(event.text)) is not None:
            event.prevent_default()
            event.stop()
            self.post_message(self.FileDropped(path))


class PathDialog(Dialog[str | None]):
    """Asks for the path of a file with URLs."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", N_("Cancel"), id="path.close")]

    def __init__(self, path: str) -> None:
        """path: to begin with."""
        super().__init__()
        self._path = path

    def compose(self) -> ComposeResult:
        with Container(classes="dialog") as box:
            box.border_title = _("File with URLs, one a line")
            yield Input(self._path, compact=True)
        yield KeyFooter()

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        self.dismiss(message.value.strip())


def dropped_file(text: str) -> Path | None:
    """Return the file whose path a terminal pastes when it is dropped; None if the text is none."""
    if "\n" in text.strip() or len(text) > 4096:
        return None
    try:
        words = shlex.split(text) if os.name == "posix" else [text.strip().strip('"')]
    except ValueError:
        return None
    if len(words) != 1:
        return None
    name = words[0]
    if name.startswith("file://"):
        name = unquote(urlsplit(name).path)
    try:
        path = Path(name)
        return path if path.is_absolute() and path.is_file() else None
    except (OSError, ValueError):
        return None
