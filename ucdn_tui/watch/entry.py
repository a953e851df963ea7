"""Entry: what is kept of one task: its summary, and its URLs, packed once it is over."""

import zlib
from collections.abc import Iterable

import msgspec

from ucdn_tui.api.models import Task, TaskRow, UrlRow

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[UrlRow])


class Entry:
    """A task and its URLs."""

    __slots__ = ("_fingerprint", "_packed", "_row", "task")

    def __init__(self, task: Task, row: TaskRow) -> None:
        self.task = task
        self._row: TaskRow | None = row
        self._packed = b""
        self._fingerprint = 0

    def is_same(self, row: TaskRow) -> bool:
        """Return whether a row says what is known already."""
        kept = self._row
        if kept is not None:
            return kept == row  # mostly found out at the first URL, which for a fingerprint takes all of them
        return self._fingerprint == _fingerprint(row)

    def urls(self) -> list[UrlRow]:
        """Return the task's URLs as they came."""
        row = self._row
        return _DECODER.decode(zlib.decompress(self._packed)) if row is None else row.url_lists or []

    def pack(self) -> None:
        """Keep the URLs in a twentieth of the room: nobody asks for those of most settled tasks ever again.

        In a thread of its own this may be done while others read: what they need is there before the row goes.
        """
        row = self._row
        if row is not None:
            self._packed = zlib.compress(_ENCODER.encode(row.url_lists or ()), 1)
            self._fingerprint = _fingerprint(row)
            self._row = None


def pack(entries: Iterable[Entry]) -> None:
    """Pack the URLs of all these tasks."""
    for entry in entries:
        entry.pack()


def _fingerprint(row: TaskRow) -> int:
    return hash((row.status, row.type, row.create_time, *(row.url_lists or ())))
