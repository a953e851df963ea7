"""What is written to the terminal: when it is gone, and what its encoding lacks."""

from collections.abc import Callable
from typing import IO, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter


class LosableFile:
    """A terminal's file that survives the terminal: writes to a lost terminal are dropped, and `on_lost` runs once.

    Without it Textual's writing thread would die of the first error, and the program would wait forever to hand it the
    next text.
    """

    def __init__(self, file: IO[str], on_lost: Callable[[], None]) -> None:
        self._wrapped = file
        self._on_lost: Callable[[], None] | None = on_lost

    def write(self, text: str) -> None:
        self._try(lambda: self._wrapped.write(text))

    def flush(self) -> None:
        self._try(self._wrapped.flush)

    def fileno(self) -> int:
        return self._wrapped.fileno()

    def isatty(self) -> bool:
        return self._wrapped.isatty()

    def _try(self, write: Callable[[], object]) -> None:
        if self._on_lost is None:
            return
        try:
            write()
        except (OSError, ValueError):  # ValueError: the file was closed
            on_lost, self._on_lost = self._on_lost, None
            on_lost()


class EncodableFilter(LineFilter):
    """Replaces, cell by cell, characters that the terminal's encoding lacks, anywhere on the screen."""

    _SUBSTITUTES: ClassVar[dict[str, str]] = {
        **dict.fromkeys("─━╌┄▁▔", "-"),
        **dict.fromkeys("│┃▏▕▎▌▐", "|"),
        **dict.fromkeys("┌┐└┘╭╮╰╯├┤┬┴┼", "+"),
        **dict.fromkeys("▂▃▄▅▆▇█▀", " "),
        "…": "~",
        "—": "-",
        "·": "-",
        "“": '"',
        "”": '"',
        "’": "'",
        "↑": "^",
        "↓": "v",
        "⏎": "~",
    }

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    def apply(self, segments: list[Segment], _background: Color) -> list[Segment]:
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment("".join(map(self._substitute, segment.text)), segment.style)
            for segment in segments
        ]

    def _substitute(self, character: str) -> str:
        try:
            character.encode(self._encoding)
        except UnicodeEncodeError:
            return self._SUBSTITUTES.get(character, "?" * cell_len(character))
        return character
